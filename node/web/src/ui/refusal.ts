// What a refused record means to the person who wrote it.

import { ApiError } from '../api.ts'
import { NoDeviceKey } from '../repo.ts'
import { byId } from './dom.ts'
import { complain } from './status.ts'

const KEY_PROBLEMS = new Set(['UnknownKey', 'ExpiredKey', 'EndedKey', 'RevokedKey'])

export function explainRefusal(error: unknown): void {
  if (error instanceof NoDeviceKey || (error instanceof ApiError && KEY_PROBLEMS.has(error.code))) {
    byId('authorise-again').hidden = false
    return complain('This browser’s key is not authorised, or no longer. Choose “Authorise this browser” in your menu.')
  }
  if (error instanceof ApiError && error.code === 'FutureRev') {
    return complain('This device’s clock is more than ten minutes ahead. Set it right and try again.')
  }
  complain(error)
}
