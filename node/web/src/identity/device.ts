// The device key: made here, used here, never leaves. WebCrypto holds it; this
// page can ask it to sign but cannot read it, nor can whoever injects script.

import type { Bytes } from '../bytes.ts'
import { keep, read } from '../db.ts'
import type { Signer } from '../record/envelope.ts'
import { ed25519Name } from './multikey.ts'

interface Kept {
  pair: CryptoKeyPair
  publicKey: Uint8Array
  /** Whether the chain was seen to list it. */
  authorised: boolean
}

export class DeviceKey implements Signer {
  readonly publicKey: Uint8Array
  readonly authorised: boolean
  readonly #private: CryptoKey

  constructor(kept: Kept) {
    this.publicKey = kept.publicKey
    this.authorised = kept.authorised
    this.#private = kept.pair.privateKey
  }

  /** z6Mk… */
  get name(): string {
    return ed25519Name(this.publicKey)
  }

  async sign(message: Bytes): Promise<Uint8Array> {
    return new Uint8Array(await crypto.subtle.sign('Ed25519', this.#private, message))
  }
}

// A key belongs to one identity: two identities in one browser must not be linkable by it.
const slot = (did: string): string => `device:${did}`

export async function deviceKey(did: string): Promise<DeviceKey | undefined> {
  const kept = await read<Kept>(slot(did))
  return kept && new DeviceKey(kept)
}

/** Makes and keeps a new key, in place of the one before. An ended key can never be authorised again. */
export async function newDeviceKey(did: string): Promise<DeviceKey> {
  const pair = (await crypto.subtle.generateKey({ name: 'Ed25519' }, false, ['sign', 'verify'])) as CryptoKeyPair
  const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
  const kept: Kept = { pair, publicKey, authorised: false }
  await keep(slot(did), kept)
  return new DeviceKey(kept)
}

/** Notes what the chain was last seen to say of the key. */
export async function noteAuthorised(did: string, authorised: boolean): Promise<void> {
  const kept = await read<Kept>(slot(did))
  if (kept) await keep(slot(did), { ...kept, authorised })
}
