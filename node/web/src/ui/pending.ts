// What is about to happen to somebody's identity, in words: shown on every page
// until it is over, since the time to act is short.

import { query } from '../api.ts'
import { current } from '../session.ts'
import { byId } from './dom.ts'

export interface IdentityView {
  did: string
  owner: string
  recovery?: string
  home: { server: number; domain: string } | null
  pending?: {
    change?: { kind: 'owner' | 'recovery' | 'deactivation'; target: string; readyAt: string; due: boolean }
    recovery?: { newOwner: string; readyAt: string; due: boolean; cancellable: boolean }
  }
  keys: { key: string; purpose: string; addedAt: string; expiresAt?: string; endedAt?: string; status: string }[]
}

export interface Warning {
  title: string
  text: string
  /** The operation with which the owner can stop it. */
  cancel?: 'cancelChange' | 'cancelRecovery'
}

export function warnings(who: IdentityView, now = Date.now()): Warning[] {
  const out: Warning[] = []
  const { change, recovery } = who.pending ?? {}
  if (recovery) {
    out.push({
      title: 'Somebody is taking your identity over',
      text:
        `Your recovery address is giving it to ${recovery.newOwner}, ${left(recovery, now)}. If that is you, there is nothing to do.` +
        (recovery.cancellable ? '' : ' You have cancelled twice, and cannot any more.'),
      ...(recovery.cancellable ? { cancel: 'cancelRecovery' as const } : {}),
    })
  }
  if (change) {
    const what = {
      owner: `given to ${change.target}`,
      recovery: /^0x0{40}$/i.test(change.target) ? 'left without a recovery address' : `given ${change.target} as its recovery address`,
      deactivation: 'ended for ever',
    }[change.kind]
    out.push({ title: 'A change of your identity is waiting', text: `It will be ${what}, ${left(change, now)}. If you did not order that, cancel it now.`, cancel: 'cancelChange' })
  }
  const ending = who.keys.filter((k) => endsSoon(k, now))
  if (ending.length > 0) {
    out.push({
      title: ending.length === 1 ? 'One of your keys ends soon' : `${ending.length} of your keys end soon`,
      text: 'What they signed is hidden once they end. Renew them in your settings.',
    })
  }
  return out
}

// Keys that the server renews itself it renews before this.
const SOON_DAYS = 21

/** A key that lives and should be renewed now. */
export const endsSoon = (k: IdentityView['keys'][number], now = Date.now()): boolean =>
  k.status === 'live' && !!k.expiresAt && Date.parse(k.expiresAt) - now < SOON_DAYS * 86_400_000

/** How long there is still to act. */
export function left({ readyAt, due }: { readyAt: string; due: boolean }, now = Date.now()): string {
  const minutes = Math.round((Date.parse(readyAt) - now) / 60_000)
  if (due || minutes <= 0) return 'at any moment now'
  if (minutes < 120) return `in ${minutes} minutes`
  const hours = Math.round(minutes / 60)
  return hours < 48 ? `in ${hours} hours` : `in ${Math.floor(hours / 24)} days and ${hours % 24} hours`
}

/** The banner over every page. */
export async function warn(): Promise<void> {
  const session = await current()
  const banner = byId('pending-banner')
  const found = session ? warnings(await query<IdentityView>('net.metanet.identity.get', { params: { did: session.did } })) : []
  banner.hidden = found.length === 0
  byId('pending-banner-text').textContent = found.map((w) => `${w.title}: ${w.text}`).join(' ')
}
