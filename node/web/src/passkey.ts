// Passkeys, as the browser offers them. The server writes the options and checks
// the answers; what is here only carries them to the authenticator and back.

import { ApiError, procedure } from './api.ts'
import { withToken } from './session.ts'

export class PasskeyError extends Error {
  override name = 'PasskeyError'
}

/** Where passkeys work: not in every browser, and nowhere under an IP address. */
export const passkeysHere = (): boolean =>
  'PublicKeyCredential' in globalThis && 'parseCreationOptionsFromJSON' in PublicKeyCredential && !numeric(location.hostname)

export const numeric = (host: string): boolean => /^(\d+\.){3}\d+$|^\[/.test(host)

/** What the server is asked for before each ceremony. */
export interface Act {
  for: 'sign up' | 'sign in' | 'recover' | 'new' | 'add' | 'remove' | 'codes' | 'take over'
  handle?: string
  subject?: string
  invitation?: string
}

const PUBLIC = new Set(['sign up', 'sign in', 'recover'])

interface Options<T> {
  publicKey: T
  registration?: string
}

async function options<T>(act: Act): Promise<Options<T>> {
  const ask = (token?: string): Promise<Options<T>> => procedure('net.metanet.passkey.options', { body: act, token })
  return PUBLIC.has(act.for) ? ask() : withToken(ask)
}

/**
 * Has the device make a passkey, after whatever the server's mode of registration calls for: an
 * invitation is looked at before, so that a mistyped one leaves no passkey on the device.
 */
export async function makePasskey(act: Act, first?: (registration: string | undefined) => Promise<string | undefined>): Promise<object> {
  let asked = await options<PublicKeyCredentialCreationOptionsJSON>(act)
  const invitation = await first?.(asked.registration)
  if (invitation) asked = await options({ ...act, invitation })
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(asked.publicKey)
  return answered(navigator.credentials.create({ publicKey }))
}

/** Has the person prove themselves with a passkey that there is. */
export async function usePasskey(act: Act): Promise<object> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON((await options<PublicKeyCredentialRequestOptionsJSON>(act)).publicKey)
  return answered(navigator.credentials.get({ publicKey }))
}

async function answered(asked: Promise<Credential | null>): Promise<object> {
  const credential = await asked.catch((error: unknown) => {
    throw error instanceof ApiError ? error : new PasskeyError(reason(error), { cause: error })
  })
  if (!credential) throw new PasskeyError('Your device gave no passkey.')
  return (credential as PublicKeyCredential).toJSON() as object
}

function reason(error: unknown): string {
  switch ((error as Error).name) {
    case 'NotAllowedError':
      return 'No passkey was used: it was cancelled, took too long, or this device has none for this site. Nothing was changed.'
    case 'InvalidStateError':
      return 'This device has a passkey for this account already.'
    case 'SecurityError':
      return 'Passkeys don’t work at this address.'
    default:
      return `Your device could not use a passkey: ${(error as Error).message}`
  }
}
