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

export interface RecoveryFile {
  /** did:key of the key that the file holds. */
  key: string
  name: string
  text: string
}

export async function newRecoveryKey(): Promise<RecoveryKey> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  const point = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey))
  return { id: p256DidKey(point), privateKey: toBase64(pkcs8) }
}

const slot = (did: string): string => `recovery:${did}`

export const keepUntilSaved = (did: string, file: RecoveryFile): Promise<void> => keep(slot(did), file)
export const unsavedRecovery = (did: string): Promise<RecoveryFile | undefined> => read(slot(did))
export const recoverySaved = (did: string): Promise<void> => forget(slot(did))

/** What the person keeps: everything needed to use the key years from now, in plain words and plain JSON. */
export function recoveryFile(key: RecoveryKey, who: { did: string; atName: string; handle: string }): RecoveryFile {
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
    madeAt: new Date().toISOString(),
  }
  return { key: key.id, name: `metanet-recovery-${who.handle}.json`, text: JSON.stringify(document, null, 2) + '\n' }
}
