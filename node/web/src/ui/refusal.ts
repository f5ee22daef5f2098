// What a refused record means to the person who wrote it.

import { ApiError } from '../api.ts'
import { noteAuthorised } from '../identity/device.ts'
import { NoDeviceKey } from '../repo.ts'
import { current } from '../session.ts'
import { showAccount } from './account.ts'
import { complain } from './status.ts'

const KEY_PROBLEMS = new Set(['UnknownKey', 'ExpiredKey', 'EndedKey', 'RevokedKey'])

async function lapse(): Promise<void> {
  const session = await current()
  if (session) await noteAuthorised(session.did, false)
  await showAccount()
}

export function explainRefusal(error: unknown): void {
  if (error instanceof NoDeviceKey || (error instanceof ApiError && KEY_PROBLEMS.has(error.code))) {
    void lapse()
    return complain('This browser’s key is not authorised, or no longer. Choose “Authorise this browser” in your menu.')
  }
  if (error instanceof ApiError && error.code === 'FutureRev') {
    return complain('This device’s clock is more than ten minutes ahead. Set it right and try again.')
  }
  if (error instanceof ApiError && error.status === 401) void showAccount() // signed out meanwhile
  complain(error)
}
