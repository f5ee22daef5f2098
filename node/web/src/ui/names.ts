// Publishing one's names, the first records of an identity: the AT name, which
// every peer checks against the did:ethr, and a profile to begin with.

import { ApiError, query } from '../api.ts'
import { keptBinding } from '../identity/binding.ts'
import { checkOperation } from '../identity/plc.ts'
import { forgetRecovery, unsavedRecovery } from '../identity/recovery.ts'
import { fromAtJson, type Value } from '../record/atjson.ts'
import { profile, type Fields } from '../record/values.ts'
import { put } from '../repo.ts'
import type { Session } from '../session.ts'

export async function publishNames(session: Session): Promise<void> {
  const { did, handle } = session
  const binding = await keptBinding(did)
  if (binding !== undefined) await publishBinding(session, fromAtJson(binding) as Fields)
  if (!(await published(did, 'app.bsky.actor.profile'))) {
    const displayName = handle.split('.')[0] ?? handle
    await put(session, 'app.bsky.actor.profile', 'self', profile(undefined, { displayName, description: '' }, new Date()))
  }
}

async function publishBinding(session: Session, value: Fields): Promise<void> {
  const { did, atName, handle } = session
  const operation: Value = value['operation'] ?? null
  const own = await unsavedRecovery(did)
  // Who has changed handles since says so beside the operation, which stays as it was.
  const renamed = value['handle'] !== undefined
  if (renamed && value['handle'] !== handle) throw new Error('The AT name’s record carries another handle than yours.')
  const check = (rotationKey?: string): Promise<void> =>
    checkOperation(operation, { atName, did, ...(renamed ? {} : { handle }), ...(rotationKey ? { rotationKey } : {}) })
  if (!(await published(did, 'net.metanet.identity.at'))) {
    await check(own?.id)
    await put(session, 'net.metanet.identity.at', 'self', value)
  } else if (own) {
    // The name was made elsewhere, by another first sign-in: then the key left here unlocks nothing.
    await check(own.id).catch(() => forgetRecovery(did))
  }
}

async function published(repo: string, collection: string): Promise<boolean> {
  try {
    await query('com.atproto.repo.getRecord', { params: { repo, collection, rkey: 'self' } })
    return true
  } catch (error) {
    if (error instanceof ApiError && error.status >= 400 && error.status < 500) return false
    throw error
  }
}
