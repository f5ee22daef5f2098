// Writing: values are signed here, by this browser's key, and handed to the
// server as finished bundles that it can keep or refuse but not alter.

import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import * as Digest from 'multiformats/hashes/digest'
import { ApiError, procedure } from './api.ts'
import { sha256, toPaddedBase64 } from './bytes.ts'
import { deviceKey } from './identity/device.ts'
import { readNetwork, type Network, type WellKnown } from './identity/network.ts'
import type { Prepared } from './picture.ts'
import { toAtJson } from './record/atjson.ts'
import { seal } from './record/envelope.ts'
import { TidClock } from './record/tid.ts'
import type { Fields, Picture } from './record/values.ts'
import { type Session, withToken } from './session.ts'

const clock = new TidClock()
let network: Promise<Network> | undefined

export function theNetwork(): Promise<Network> {
  return (network ??= fetchNetwork().catch((error: unknown) => {
    network = undefined
    throw error
  }))
}

async function fetchNetwork(): Promise<Network> {
  const response = await fetch('/.well-known/metanet')
  if (!response.ok) throw new ApiError(response.status, 'NoNetwork', 'The server does not say which network it is part of.')
  return readNetwork((await response.json()) as WellKnown)
}

export class NoDeviceKey extends Error {
  override name = 'NoDeviceKey'
  override message = 'This browser has no key of yours. Sign in again to authorise it.'
}

interface PutResult {
  id: string
  cid: string | null
  uri: string
  status: 'admitted' | 'duplicate' | 'superseded' | 'waiting' | 'refused'
  error?: string
  message?: string
}

/** Signs and sends one record. A key of `undefined` makes a new one; a value of null deletes. */
export async function put(
  session: Session,
  collection: string,
  key: string | undefined,
  value: Fields | null,
): Promise<PutResult & { key: string }> {
  const signer = await deviceKey(session.did)
  if (!signer?.authorised && session.hosted) return putHosted(session, collection, key ?? clock.next(), value)
  if (!signer?.authorised) throw new NoDeviceKey()
  const rev = clock.next()
  const rkey = key ?? rev
  const bundle = await seal((await theNetwork()).id, { did: session.did, path: `${collection}/${rkey}`, rev, value }, signer)
  const { results } = await procedure<{ results: PutResult[] }>('net.metanet.repo.put', {
    body: bundle.bytes,
    type: 'application/cbor',
  })
  const result = results[0]
  if (!result || result.status === 'refused') {
    throw new ApiError(400, result?.error ?? 'Unknown', result?.message ?? 'The server refused the record.')
  }
  if (result.id !== bundle.id.toString()) throw new Error('The server kept something else than this browser signed.')
  return { ...result, key: rkey }
}

/** Has the server sign, for people whose keys it keeps. */
async function putHosted(
  { did: repo }: Session,
  collection: string,
  rkey: string,
  value: Fields | null,
): Promise<PutResult & { key: string }> {
  const nsid = value === null ? 'com.atproto.repo.deleteRecord' : 'com.atproto.repo.putRecord'
  const record = value === null ? {} : { record: toAtJson(value) }
  const { uri = '', cid = null } = await withToken((token) =>
    procedure<{ uri?: string; cid?: string }>(nsid, { body: { repo, collection, rkey, ...record }, token }),
  )
  return { id: '', uri, cid, status: 'admitted', key: rkey }
}

/** Deletes the account. The departure is signed here if this browser may, else by the key that the server keeps. */
export async function leave({ did }: Session): Promise<void> {
  const signer = await deviceKey(did)
  const value = { $type: 'net.metanet.account.status', status: 'deleted', createdAt: new Date().toISOString() }
  const departure = { did, path: 'net.metanet.account.status/self', rev: clock.next(), value }
  const bundle = signer?.authorised ? await seal((await theNetwork()).id, departure, signer) : undefined
  const body = bundle ? { record: toPaddedBase64(bundle.bytes) } : {}
  await withToken((token) => procedure('net.metanet.account.delete', { body, token }))
}

export const remove = (session: Session, collection: string, key: string): Promise<PutResult> =>
  put(session, collection, key, null)

/** Uploads a picture and checks that what the server names is what was sent. */
export async function upload(picture: Prepared, alt: string): Promise<Picture> {
  const bytes = new Uint8Array(await picture.blob.arrayBuffer())
  const { blob } = await withToken((token) =>
    procedure<{ blob: { ref: { $link: string }; mimeType: string; size: number } }>('com.atproto.repo.uploadBlob', {
      body: picture.blob,
      type: picture.blob.type,
      token,
    }),
  )
  const ref = CID.createV1(raw.code, Digest.create(0x12, await sha256(bytes)))
  if (blob.ref.$link !== ref.toString()) throw new Error('The server kept other bytes than this picture.')
  return { blob: { ref, mimeType: blob.mimeType, size: blob.size }, alt, width: picture.width, height: picture.height }
}
