// Parts of the page that the server renders and the page swaps in anew, so
// that posts look the same whoever drew them.

import { ApiError } from '../api.ts'
import { current, withToken } from '../session.ts'
import { all } from './dom.ts'
import { localTimes } from './times.ts'

/** Fetches this page again and answers the named region of it. */
async function fetchRegion(name: string): Promise<Element | null> {
  const page = await ((await current()) ? withToken(fetchPage) : fetchPage())
  const region = new DOMParser().parseFromString(page, 'text/html').querySelector(`[data-region="${name}"]`)
  return region && document.adoptNode(region)
}

async function fetchPage(token?: string): Promise<string> {
  const headers: HeadersInit = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const response = await fetch(location.pathname + location.search, { headers, cache: 'no-store' })
  if (!response.ok) throw new ApiError(response.status, 'NoPage', `The server answered ${response.status}.`)
  return response.text()
}

const listeners: (() => void)[] = []

/** Runs `f` whenever a region was swapped. */
export const onSwap = (f: () => void): number => listeners.push(f)

function swap(region: Element): void {
  const name = region.getAttribute('data-region')
  document.querySelector(`[data-region="${name}"]`)?.replaceWith(region)
  localTimes()
  for (const f of listeners) f()
}

export async function refresh(name: string): Promise<void> {
  const region = await fetchRegion(name)
  if (region) swap(region)
}

/** The region that this page's posts are in. */
export const postsRegion = (): string =>
  document.querySelector('[data-region]')?.getAttribute('data-region') ?? 'feed'

const uris = (root: ParentNode): string[] => all('.post', root).map((p) => p.dataset['post'] ?? '')

const EVERY = 15_000

/** On a first page of posts: looks now and then, and offers what is new without moving what is read. */
export function watchForNews(): void {
  const watched = document.querySelector<HTMLElement>('[data-region="feed"][data-source]')
  if (!watched || new URLSearchParams(location.search).has('cursor')) return
  setInterval(() => {
    if (document.visibilityState === 'visible') void look().catch(() => undefined) // the next look may succeed
  }, EVERY)
}

async function look(): Promise<void> {
  const here = document.querySelector('[data-region="feed"]')
  const there = await fetchRegion('feed')
  if (!here || !there) return
  const known = new Set(uris(here))
  const fresh = uris(there).filter((u) => !known.has(u)).length
  if (fresh > 0) offer(there, fresh)
}

function offer(there: Element, fresh: number): void {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'fresh'
  button.textContent = fresh === 1 ? 'Show 1 new post' : `Show ${fresh} new posts`
  button.addEventListener('click', () => {
    button.remove()
    swap(there)
  })
  document.querySelector('[data-fresh]')?.replaceChildren(button)
}
