// Who is signed in, as the page shows it.

import { deviceKey } from '../identity/device.ts'
import { forgetRecovery, recoveryFile, unsavedRecovery } from '../identity/recovery.ts'
import { current, end, type Session } from '../session.ts'
import { all, byId, make } from './dom.ts'

export async function showAccount(): Promise<Session | undefined> {
  const session = await current()
  for (const e of all('[data-signed-in]')) e.hidden = !session
  for (const e of all('[data-signed-out]')) e.hidden = !!session
  if (session) await showPerson(session)
  return session
}

async function showPerson(session: Session): Promise<void> {
  for (const e of all('[data-my-handle]')) e.textContent = session.handle
  for (const a of all<HTMLAnchorElement>('[data-my-profile]')) a.href = `/profile/${session.did}`
  byId('save-recovery').hidden = !(await unsavedRecovery(session.did))
  byId('authorise-again').hidden = (await deviceKey(session.did))?.authorised === true || session.hosted === true
}

/** Swapped-in parts start as signed out: this brings them up to date. */
export const refreshAccount = (): void => void showAccount()

export function listenForAccount(): void {
  byId('sign-out').addEventListener('click', () => void end().then(() => location.assign('/')))
  byId('save-recovery').addEventListener('click', () => void saveRecovery())
}

/** Hands the recovery file over and forgets it here. */
export async function saveRecovery(): Promise<void> {
  const session = await current()
  const key = session && (await unsavedRecovery(session.did))
  if (!session || !key) return
  const file = recoveryFile(key, session)
  const address = URL.createObjectURL(new Blob([file.text], { type: 'application/json' }))
  make('a', { href: address, download: file.name }).click()
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
  await forgetRecovery(session.did)
  byId('save-recovery').hidden = true
}
