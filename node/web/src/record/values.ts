// The values this page authors, in AT-lexicon shape. People are named by AT
// name, never by wallet, and every value carries a salt so that nobody can
// guess a text and look for its CID.

import type { CID } from 'multiformats/cid'
import { utf8 } from '../bytes.ts'
import type { Value } from './atjson.ts'
import { type Facet, shorten } from './text.ts'

/** What a reference to a record consists of (com.atproto.repo.strongRef). */
export type Ref = { uri: string; cid: string }

export type Picture = {
  blob: { ref: CID; mimeType: string; size: number }
  alt: string
  width: number
  height: number
}

export type Fields = { [field: string]: Value }

export interface PostParts {
  text: string
  facets: Facet[]
  langs: string[]
  reply?: { root: Ref; parent: Ref } | undefined
  pictures: Picture[]
}

export function post(parts: PostParts, now: Date): Fields {
  const text = shorten(parts.text)
  const value = authored('app.bsky.feed.post', now, { text, langs: parts.langs })
  if (text !== parts.text) value['net.metanet.fullText'] = parts.text
  const facets = within(parts.facets, text, parts.text)
  if (facets.length > 0) value['facets'] = facets as unknown as Value
  if (parts.reply) value['reply'] = parts.reply
  if (parts.pictures.length > 0) value['embed'] = images(parts.pictures)
  return value
}

// Facets are ranges of `text`: those of what was cut off would point at the ellipsis or beyond.
function within(facets: Facet[], text: string, whole: string): Facet[] {
  const kept = text === whole ? text : text.slice(0, -1)
  const end = utf8(kept).length
  return facets.filter((f) => f.index.byteEnd <= end)
}

function images(pictures: Picture[]): Fields {
  return {
    $type: 'app.bsky.embed.images',
    images: pictures.map(({ blob, alt, width, height }) => ({
      image: { $type: 'blob', ...blob },
      alt,
      aspectRatio: { width, height },
    })),
  }
}

export const like = (subject: Ref, now: Date): Fields => authored('app.bsky.feed.like', now, { subject })
export const repost = (subject: Ref, now: Date): Fields => authored('app.bsky.feed.repost', now, { subject })
export const follow = (atName: string, now: Date): Fields => authored('app.bsky.graph.follow', now, { subject: atName })

export const block = (atName: string, now: Date): Fields => authored('app.bsky.graph.block', now, { subject: atName })

/** What a person says of themselves; fields the page doesn't edit are kept. */
export function profile(before: Fields | undefined, edit: { displayName: string; description: string }, now: Date): Fields {
  return { ...authored('app.bsky.actor.profile', now, {}), ...before, ...edit }
}

function authored(type: string, now: Date, fields: Fields): Fields {
  return {
    $type: type,
    createdAt: now.toISOString(),
    'net.metanet.salt': crypto.getRandomValues(new Uint8Array(16)),
    ...fields,
  }
}
