// What concerns the signed-in person: how much of it is new, in the navigation of
// every page, and noting that it was seen.

import { procedure, query } from '../api.ts'
import { current, withToken } from '../session.ts'
import { byId } from './dom.ts'

const EVERY = 60_000
const MANY = 100 // the server counts no further

/** Counts what is new now and then, while the page is looked at. */
export async function watchNotices(): Promise<void> {
  await count()
  setInterval(() => {
    if (document.visibilityState === 'visible') void count().catch(() => undefined) // the next count may succeed
  }, EVERY)
}

async function count(): Promise<void> {
  if (!(await current())) return
  const { count } = await withToken((token) => query<{ count: number }>('app.bsky.notification.getUnreadCount', { token }))
  show(count)
}

function show(unread: number): void {
  const badge = byId('unread')
  badge.hidden = unread === 0
  badge.textContent = unread >= MANY ? ` ${MANY - 1}+ new` : ` ${unread} new`
}

/** Notes that what this page shows was seen. */
export async function markSeen(): Promise<void> {
  const seenAt = document.querySelector<HTMLElement>('[data-newest]')?.dataset['newest']
  if (seenAt === undefined) return
  await withToken((token) => procedure('app.bsky.notification.updateSeen', { body: { seenAt }, token }))
  await count()
}
