// The recovery key: a P-256 key that outranks the server's in the person's AT
// name, so that the name can be taken elsewhere without the server's consent.
// It is kept here only until the person has saved it as a file.

import { toBase64 } from '../bytes.ts'
import { forget, keep, read } from '../db.ts'
import { p256DidKey } from './multikey.ts'

export interface RecoveryKey {
  /** did:key of the public half. */
  id: string
  /** PKCS #8, base64. */
  privateKey: string
}

const slot = (did: string): string => `recovery:${did}`

export const unsavedRecovery = (did: string): Promise<RecoveryKey | undefined> => read(slot(did))
export const forgetRecovery = (did: string): Promise<void> => forget(slot(did))

/**
 * The key to name at a first sign-in. It is kept before the server hears of it:
 * if the answer is lost, the key that the name may by then depend on is not.
 */
export async function recoveryKey(did: string): Promise<RecoveryKey> {
  const kept = await unsavedRecovery(did)
  if (kept) return kept
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  const point = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey))
  const made: RecoveryKey = { id: p256DidKey(point), privateKey: toBase64(pkcs8) }
  await keep(slot(did), made)
  return made
}

/** Whose key it is while somebody new has no identity yet. */
export const NEWCOMER = 'newcomer'

/** Gives the newcomer's key to the identity that was made for them. */
export async function adoptRecovery(did: string): Promise<void> {
  const made = await unsavedRecovery(NEWCOMER)
  if (!made) return
  await keep(slot(did), made)
  await forgetRecovery(NEWCOMER)
}

/** What the person keeps: everything needed to use the key years from now, in plain words and plain JSON. */
export function recoveryFile(key: RecoveryKey, who: { did: string; atName: string; handle: string }) {
  const document = {
    about:
      'Recovery key of a MetaNet identity. Whoever holds it can move the AT name below to another server. ' +
      'Keep it offline. It cannot post and cannot touch your wallet.',
    identity: who.did,
    atName: who.atName,
    handle: who.handle,
    rotationKey: key.id,
    privateKeyFormat: 'P-256, PKCS #8, base64',
    privateKey: key.privateKey,
    savedAt: new Date().toISOString(),
  }
  return { name: `metanet-recovery-${who.handle}.json`, text: JSON.stringify(document, null, 2) + '\n' }
}
