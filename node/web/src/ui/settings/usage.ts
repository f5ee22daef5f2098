// What one has used up of this server, of each thing that it bounds.

import { query } from '../../api.ts'
import { withToken } from '../../session.ts'
import { byId, make } from '../dom.ts'
import { day } from './thing.ts'

interface Quota {
  name: string
  about: string
  used: number
  limit?: number
  resetsAt?: string
}

export async function showUsage(): Promise<void> {
  const { quotas } = await withToken((token) => query<{ quotas: Quota[] }>('net.metanet.account.usage', { token }))
  byId('usage').replaceChildren(...quotas.map(item))
  byId('usage-card').hidden = quotas.length === 0
}

function item(q: Quota): HTMLElement {
  const amount = q.name.endsWith('-bytes') ? bytes : (n: number): string => n.toLocaleString()
  const until = q.resetsAt ? `, until ${day(q.resetsAt)}` : ''
  const words = q.limit === undefined ? `${amount(q.used)}, without a limit` : `${amount(q.used)} of ${amount(q.limit)}${until}`
  const about = q.about.charAt(0).toUpperCase() + q.about.slice(1)
  const facts = make('div', {}, make('strong', {}, about), make('p', { className: 'hint' }, words))
  if (q.limit === undefined) return make('li', {}, facts)
  return make('li', {}, facts, make('progress', { max: Math.max(q.limit, 1), value: q.used, ariaLabel: about }))
}

function bytes(n: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = Math.min(units.length - 1, n < 1024 ? 0 : Math.floor(Math.log2(n) / 10))
  return `${(n / 1024 ** power).toLocaleString(undefined, { maximumFractionDigits: 1 })} ${units[power]}`
}
