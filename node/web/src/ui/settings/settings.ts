// The settings page: sections that each fill themselves for whoever is signed in.

import { current } from '../../session.ts'
import { showKeys } from './keys.ts'
import { showSessions } from './sessions.ts'

const SECTIONS = [showSessions, showKeys]

export async function wireSettings(): Promise<void> {
  if (document.documentElement.dataset['page'] !== 'settings' || !(await current())) return
  await Promise.all(SECTIONS.map((show) => show()))
}
