// The signed envelope, byte for byte as the protocol fixes it (docs/protocol.md,
// "Records"). The golden bytes shared with the Go implementation hold this file.

import * as dagCbor from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { type Bytes, concat, sha256, utf8 } from '../bytes.ts'
import { verify } from '../identity/ed25519.ts'
import { ed25519Multikey } from '../identity/multikey.ts'
import type { Value } from './atjson.ts'

/** What signs: an Ed25519 key that may well not be extractable. */
export interface Signer {
  readonly publicKey: Uint8Array
  sign(message: Bytes): Promise<Uint8Array>
}

export interface Unsigned {
  did: string
  path: string
  rev: string
  /** null deletes the path. */
  value: Value | null
}

export interface Bundle {
  /** The record's id: the CID of the envelope. */
  id: CID
  /** The CID of the value, null for a tombstone. */
  cid: CID | null
  /** DAG-CBOR [envelope, value bytes | null]. */
  bytes: Uint8Array
}

const SHA2_256 = 0x12
const SIGNED = utf8('metanet/record/v1\n')

/** Signs one record for one network. */
export async function seal(network: Uint8Array, record: Unsigned, signer: Signer): Promise<Bundle> {
  const value = record.value === null ? null : dagCbor.encode(record.value)
  const cid = value === null ? null : await cborCid(value)
  const { did, path, rev } = record
  const unsigned = { v: 1, did, path, rev, cid, key: ed25519Multikey(signer.publicKey) }
  const signed = signingBytes(network, unsigned)
  const sig = await signer.sign(signed)
  // WebCrypto's word is not enough: peers would refuse for ever what breaks their one rule.
  if (!(await verify(signer.publicKey, signed, sig))) throw new Error('this browser made a signature that no server would take')
  const envelope = { ...unsigned, sig }
  return {
    id: await cborCid(dagCbor.encode(envelope)),
    cid,
    bytes: dagCbor.encode([envelope, value]),
  }
}

/** What the signature covers: a label, the network, the envelope without `sig`. */
export function signingBytes(network: Uint8Array, unsigned: object): Bytes {
  return concat(SIGNED, network, dagCbor.encode(unsigned))
}

/** CIDv1, dag-cbor, sha2-256. */
export async function cborCid(bytes: Uint8Array): Promise<CID> {
  return CID.createV1(dagCbor.code, Digest.create(SHA2_256, await sha256(bytes)))
}
