// Text as people count it and as the protocol measures it: graphemes for
// limits, UTF-8 bytes for facets. https://docs.bsky.app/docs/advanced-guides/post-richtext

import { utf8 } from '../bytes.ts'

/** app.bsky.feed.post: text has at most 300 graphemes and 3,000 bytes. */
export const MAX_GRAPHEMES = 300
const MAX_TEXT_BYTES = 3000

/** net.metanet.fullText, as content/record bounds it. */
export const MAX_FULL_BYTES = 48 * 1024

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

export function countGraphemes(text: string): number {
  let n = 0
  for (const _ of segmenter.segment(text)) n++
  return n
}

/** The text that every app shows: the whole, or its beginning with an ellipsis. */
export function shorten(text: string): string {
  if (countGraphemes(text) <= MAX_GRAPHEMES && utf8(text).length <= MAX_TEXT_BYTES) return text
  let end = 0
  let n = 0
  let bytes = utf8('…').length
  for (const { segment, index } of segmenter.segment(text)) {
    bytes += utf8(segment).length
    if (++n >= MAX_GRAPHEMES || bytes > MAX_TEXT_BYTES) break
    end = index + segment.length
  }
  return text.slice(0, end).replace(/[\s\p{P}]+$/u, '') + '…'
}

export type Feature =
  | { $type: 'app.bsky.richtext.facet#link'; uri: string }
  | { $type: 'app.bsky.richtext.facet#tag'; tag: string }
  | { $type: 'app.bsky.richtext.facet#mention'; did: string }

export interface Facet {
  index: { byteStart: number; byteEnd: number }
  features: Feature[]
}

/** Answers the AT name of a handle, or nothing if nobody has it. */
export type Resolve = (handle: string) => Promise<string | undefined>

const LINK = /https?:\/\/[^\s<>"]+/gu
const TAG = /(?<=^|[\s(])#[^\s#\p{P}][^\s#]*/gu
const MENTION = /(?<=^|[\s(])@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?/giu
const MAX_TAG_GRAPHEMES = 64

export async function findFacets(text: string, resolve: Resolve): Promise<Facet[]> {
  const links = matches(text, LINK).map(([at, found]) => link(text, at, trimEnd(found)))
  const tags = matches(text, TAG).map(([at, found]) => tag(text, at, found.replace(/\p{P}+$/u, '')))
  const mentions = await Promise.all(
    matches(text, MENTION).map(async ([at, found]) => mention(text, at, found, await resolve(found.slice(1)))),
  )
  const all = [...links, ...tags, ...mentions].filter((f) => f !== undefined)
  all.sort((a, b) => a.index.byteStart - b.index.byteStart)
  return all.filter((f, i) => i === 0 || f.index.byteStart >= all[i - 1]!.index.byteEnd)
}

const matches = (text: string, pattern: RegExp): [number, string][] =>
  Array.from(text.matchAll(pattern), (m) => [m.index, m[0]])

// A sentence's punctuation isn't the link's, and a closing bracket only if the link opened one.
function trimEnd(url: string): string {
  const trimmed = url.replace(/[.,;:!?'"…]+$/u, '')
  const unopened = trimmed.split(')').length > trimmed.split('(').length
  return trimmed.endsWith(')') && unopened ? trimEnd(trimmed.slice(0, -1)) : trimmed
}

function link(text: string, at: number, found: string): Facet | undefined {
  if (!URL.canParse(found)) return undefined
  return facet(text, at, found, { $type: 'app.bsky.richtext.facet#link', uri: found })
}

function tag(text: string, at: number, found: string): Facet | undefined {
  const name = found.slice(1)
  if (name === '' || /^\d+$/.test(name) || countGraphemes(name) > MAX_TAG_GRAPHEMES) return undefined
  return facet(text, at, found, { $type: 'app.bsky.richtext.facet#tag', tag: name })
}

function mention(text: string, at: number, found: string, did: string | undefined): Facet | undefined {
  return did === undefined ? undefined : facet(text, at, found, { $type: 'app.bsky.richtext.facet#mention', did })
}

function facet(text: string, at: number, found: string, feature: Feature): Facet {
  const byteStart = utf8(text.slice(0, at)).length
  return { index: { byteStart, byteEnd: byteStart + utf8(found).length }, features: [feature] }
}
