// What the signed-in person has done to what the page shows: subject → the key
// of the record that did it, which is what undoing it deletes.

import { ApiError } from './api.ts'
import { withToken } from './session.ts'

interface State {
  posts: Record<string, { like?: string; repost?: string }>
  people: Record<string, { follow?: string; block?: string; blockedBy?: boolean; muted?: boolean }>
}

const records = new Map<string, Map<string, string>>()

/** Whom the signed-in person has muted. */
export const muted = new Set<string>()

/** Who has blocked the signed-in person. */
export const blockers = new Set<string>()

/** The records of one collection known so far. */
export function done(collection: string): Map<string, string> {
  let found = records.get(collection)
  if (!found) records.set(collection, (found = new Map()))
  return found
}

const AT_ONCE = 100

/** Asks the server about posts (by URI) and people (by name) on the page. */
export async function lookUp(posts: string[], people: string[]): Promise<void> {
  const wanted = [...new Set(posts)].map((uri) => ['post', uri]).concat(people.map((name) => ['person', name]))
  for (let i = 0; i < wanted.length; i += AT_ONCE) {
    learn(await withToken((token) => ask(wanted.slice(i, i + AT_ONCE), token)))
  }
}

async function ask(wanted: string[][], token: string): Promise<State> {
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(`/viewer?${new URLSearchParams(wanted)}`, { headers })
  if (!response.ok) throw new ApiError(response.status, 'Viewer', `The server answered ${response.status}.`)
  return (await response.json()) as State
}

function learn({ posts, people }: State): void {
  for (const [uri, { like, repost }] of Object.entries(posts)) {
    if (like) done('app.bsky.feed.like').set(uri, like)
    if (repost) done('app.bsky.feed.repost').set(uri, repost)
  }
  for (const [name, state] of Object.entries(people)) {
    if (state.follow) done('app.bsky.graph.follow').set(name, state.follow)
    if (state.block) done('app.bsky.graph.block').set(name, state.block)
    if (state.muted) muted.add(name)
    if (state.blockedBy) blockers.add(name)
  }
}
