// The settings page: sections that each fill themselves for whoever is signed in.

import { current } from '../../session.ts'
import { showCarry } from './carry.ts'
import { showHandle } from './handle.ts'
import { showInvitations } from './invitations.ts'
import { showKeys } from './keys.ts'
import { showLeave } from './leave.ts'
import { showPasskeys } from './passkeys.ts'
import { showSessions } from './sessions.ts'
import { showUsage } from './usage.ts'

const SECTIONS = [showHandle, showPasskeys, showSessions, showKeys, showInvitations, showUsage, showCarry, showLeave]

export async function wireSettings(): Promise<void> {
  if (document.documentElement.dataset['page'] !== 'settings' || !(await current())) return
  await Promise.all(SECTIONS.map((show) => show()))
}
