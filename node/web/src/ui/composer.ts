// Writing a post: words, pictures with descriptions, and what will happen to
// a long text, told while it is typed.

import { query } from '../api.ts'
import { utf8 } from '../bytes.ts'
import { MAX_PICTURES, prepare, type Prepared } from '../picture.ts'
import { countGraphemes, findFacets, MAX_FULL_BYTES, MAX_GRAPHEMES } from '../record/text.ts'
import { post, type Picture, type Ref } from '../record/values.ts'
import { put, upload } from '../repo.ts'
import { current, type Session } from '../session.ts'
import { all, busy, icon, make } from './dom.ts'
import { explainRefusal } from './refusal.ts'
import { postsRegion, refresh } from './regions.ts'
import { complain, say } from './status.ts'

interface Picked {
  picture: Prepared
  alt: HTMLTextAreaElement
}

/** One form and what has been put into it so far. */
class Composer {
  readonly #form: HTMLFormElement
  readonly #text: HTMLTextAreaElement
  readonly #list: HTMLElement
  readonly #picked: Picked[] = []

  constructor(form: HTMLFormElement) {
    this.#form = form
    this.#text = form.querySelector('textarea')!
    this.#list = form.querySelector('.picked')!
    this.#text.addEventListener('input', () => this.#count())
    this.#text.addEventListener('keydown', (e) => {
      if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) form.requestSubmit()
    })
    form.querySelector('input[type=file]')!.addEventListener('change', (e) => void this.#pick(e.target as HTMLInputElement))
    form.addEventListener('submit', (e) => {
      e.preventDefault()
      void this.#send()
    })
    this.#count()
  }

  #count(): void {
    const left = MAX_GRAPHEMES - countGraphemes(this.#text.value)
    const counter = this.#form.querySelector('[data-left]')!
    counter.textContent = String(left)
    counter.classList.toggle('long', left < 0)
    this.#form.querySelector('[data-note]')!.textContent = noteFor(left, utf8(this.#text.value).length)
  }

  async #pick(input: HTMLInputElement): Promise<void> {
    const files = Array.from(input.files ?? [])
    input.value = ''
    for (const file of files) {
      if (this.#picked.length >= MAX_PICTURES) return complain(`A post holds ${MAX_PICTURES} pictures at most.`)
      try {
        this.#show(await prepare(file), file.name)
      } catch (error) {
        complain(error)
      }
    }
  }

  #show(picture: Prepared, name: string): void {
    const preview = make('img', { src: URL.createObjectURL(picture.blob), alt: `Preview of ${name}` })
    const alt = make('textarea', { rows: 2, maxLength: 2000, placeholder: 'Describe it for people who can’t see it' })
    alt.setAttribute('data-alt', '')
    const label = make('label', {}, 'Description', alt)
    const drop = make('button', { type: 'button', title: `Remove ${name}` }, icon('close'))
    drop.setAttribute('aria-label', `Remove ${name}`)
    const item = make('li', {}, preview, label, drop)
    const picked = { picture, alt }
    this.#picked.push(picked)
    drop.addEventListener('click', () => {
      URL.revokeObjectURL(preview.src)
      this.#picked.splice(this.#picked.indexOf(picked), 1)
      item.remove()
      this.#list.hidden = this.#picked.length === 0
      this.#text.focus()
    })
    this.#list.append(item)
    this.#list.hidden = false
    alt.focus()
  }

  async #send(): Promise<void> {
    const button = this.#form.querySelector<HTMLButtonElement>('button.primary')
    try {
      const session = await current()
      if (!session || !this.#ready()) return
      await busy(button, () => this.#post(session))
      this.#clear()
      await refresh(postsRegion())
    } catch (error) {
      explainRefusal(error)
    }
  }

  #ready(): boolean {
    const text = this.#text.value.trim()
    if (text === '' && this.#picked.length === 0) {
      complain('Write something first.')
      this.#text.focus()
      return false
    }
    if (utf8(text).length > MAX_FULL_BYTES) {
      complain('This is too long for one post, even with the whole text kept.')
      return false
    }
    return true
  }

  async #post(session: Session): Promise<void> {
    const pictures: Picture[] = []
    for (const { picture, alt } of this.#picked) pictures.push(await upload(picture, alt.value.trim()))
    const text = this.#text.value.trim()
    const facets = await findFacets(text, resolveHandle)
    const langs = [navigator.language || 'en']
    const value = post({ text, facets, langs, reply: replyOf(this.#form), pictures }, new Date())
    const { id, status } = await put(session, 'app.bsky.feed.post', undefined, value)
    say(status === 'waiting' ? 'Signed. It appears once the chain confirms your key.' : id === '' ? 'Posted, signed by this server for you.' : 'Posted, signed by this browser.')
  }

  #clear(): void {
    this.#text.value = ''
    this.#picked.splice(0)
    this.#list.replaceChildren()
    this.#list.hidden = true
    this.#count()
  }
}

function noteFor(left: number, bytes: number): string {
  if (bytes > MAX_FULL_BYTES) return 'Too long for one post.'
  if (left < 0) return 'Long post: some apps show the beginning and a link to the rest.'
  return ''
}

function replyOf({ dataset }: HTMLFormElement): { root: Ref; parent: Ref } | undefined {
  const { parent: uri, parentCid: cid, root, rootCid } = dataset
  if (!uri || !cid) return undefined
  const parent = { uri, cid }
  return { parent, root: root && rootCid ? { uri: root, cid: rootCid } : parent }
}

async function resolveHandle(handle: string): Promise<string | undefined> {
  try {
    return (await query<{ did: string }>('com.atproto.identity.resolveHandle', { params: { handle: handle.toLowerCase() } })).did
  } catch {
    return undefined // nobody's handle: it stays plain text
  }
}

const wired = new WeakSet<HTMLFormElement>()

export function wireComposers(): void {
  for (const form of all<HTMLFormElement>('form[data-composer]')) {
    if (wired.has(form)) continue
    wired.add(form)
    new Composer(form)
  }
}
