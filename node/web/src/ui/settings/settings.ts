// The settings page: sections that each fill themselves for whoever is signed in.

import { current } from '../../session.ts'
import { showSessions } from './sessions.ts'

const SECTIONS = [showSessions]

export async function wireSettings(): Promise<void> {
  if (document.documentElement.dataset['page'] !== 'settings' || !(await current())) return
  await Promise.all(SECTIONS.map((show) => show()))
}
