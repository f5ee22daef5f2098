// The sign-in at this server: who, and the tokens for the few calls that need
// one. Records need none, since they carry their own signature.

import { ApiError, procedure } from './api.ts'
import { forget, keep, read } from './db.ts'

export interface Tokens {
  accessToken: string
  accessExpiresAt: string
  refreshToken: string
  refreshExpiresAt: string
}

export interface Session extends Tokens {
  did: string
  atName: string
  handle: string
  /** The server signs for this person where this browser cannot. */
  hosted?: boolean
}

const SLOT = 'session'
const LOCK = 'metanet-session'
const EARLY_MILLIS = 60_000

/** Who is signed in, or nobody once the sign-in can no longer be refreshed. */
export async function current(): Promise<Session | undefined> {
  const session = await read<Session>(SLOT)
  return session && Date.parse(session.refreshExpiresAt) > Date.now() ? session : undefined
}

/** Keeps what a sign-in answered, and nothing else of it. */
export function begin({ hosted, did, atName, handle, accessToken, accessExpiresAt, refreshToken, refreshExpiresAt }: Session): Promise<void> {
  return keep(SLOT, { hosted: hosted === true, did, atName, handle, accessToken, accessExpiresAt, refreshToken, refreshExpiresAt })
}

export async function end(): Promise<void> {
  const session = await current()
  await forget(SLOT)
  if (!session) return
  // Signed out here already; a server that doesn't hear of it ends the tokens by their expiry.
  await procedure('net.metanet.auth.signOut', { token: session.accessToken }).catch(() => undefined)
}

/** Runs a call with a live access token, refreshing it first, or once after a refusal. */
export async function withToken<T>(call: (token: string) => Promise<T>): Promise<T> {
  try {
    return await call(await liveToken(false))
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 401)) throw error
    return call(await liveToken(true))
  }
}

// Refresh tokens rotate: two tabs must not spend the same one.
async function liveToken(force: boolean): Promise<string> {
  const seen = (await current())?.accessToken
  return navigator.locks.request(LOCK, async () => {
    const session = await current()
    if (!session) throw new ApiError(401, 'SignedOut', 'Your sign-in has ended. Sign in again.')
    const stale = Date.parse(session.accessExpiresAt) - EARLY_MILLIS < Date.now()
    if (!stale && !(force && session.accessToken === seen)) return session.accessToken
    return refresh(session)
  })
}

async function refresh(session: Session): Promise<string> {
  try {
    const tokens = await procedure<Tokens>('net.metanet.auth.refresh', { token: session.refreshToken })
    await begin({ ...session, ...tokens })
    return tokens.accessToken
  } catch (error) {
    if (error instanceof ApiError && (error.status === 401 || error.status === 400)) await forget(SLOT)
    throw error
  }
}
