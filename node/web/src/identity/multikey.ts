// Public keys as multikeys: a multicodec prefix, the key, base58btc.
// https://www.w3.org/TR/cid-1.0/#Multikey

import { base58btc } from 'multiformats/bases/base58'
import { type Bytes, concat } from '../bytes.ts'

const ED25519_PUB = Uint8Array.of(0xed, 0x01)
const P256_PUB = Uint8Array.of(0x80, 0x24)

export function ed25519Multikey(publicKey: Uint8Array): Bytes {
  if (publicKey.length !== 32) throw new Error(`an Ed25519 public key has 32 bytes, not ${publicKey.length}`)
  return concat(ED25519_PUB, publicKey)
}

/** z6Mk…, as keys are shown and named over the API. */
export const ed25519Name = (publicKey: Uint8Array): string => base58btc.encode(ed25519Multikey(publicKey))

/** did:key of a P-256 key given as an uncompressed point (WebCrypto's "raw"). */
export function p256DidKey(point: Uint8Array): string {
  if (point.length !== 65 || point[0] !== 4) throw new Error('not an uncompressed P-256 point')
  const sign = 2 + (point[64]! & 1) // SEC 1, 2.3.3: 02 for an even y, 03 for an odd one
  return 'did:key:' + base58btc.encode(concat(P256_PUB, Uint8Array.of(sign), point.subarray(1, 33)))
}

/** The 32 bytes of an Ed25519 key given by its name. */
export function fromBase58Key(name: string): Bytes {
  const bytes = base58btc.decode(name)
  if (bytes.length !== 34 || bytes[0] !== 0xed || bytes[1] !== 0x01) throw new Error(`not an Ed25519 key: ${name}`)
  return bytes.slice(2)
}
