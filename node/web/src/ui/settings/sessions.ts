// The sign-ins of one's account: which programs, from about where, since when.

import { procedure, query } from '../../api.ts'
import { withToken } from '../../session.ts'
import { confirm } from '../confirm.ts'
import { busy, byId, make } from '../dom.ts'
import { complain, say } from '../status.ts'
import { program } from './program.ts'
import { day } from './thing.ts'

interface Open {
  id: string
  current: boolean
  method: 'wallet' | 'passkey' | 'code'
  agent?: string
  network?: string
  createdAt: string
  lastUsedAt: string
}

const BY = { wallet: 'with a wallet', passkey: 'with a passkey', code: 'with a recovery code' }

export async function showSessions(): Promise<void> {
  const list = byId('sessions')
  const { sessions } = await withToken((token) => query<{ sessions: Open[] }>('net.metanet.auth.listSessions', { token }))
  list.replaceChildren(...sessions.map(item))
  list.ariaBusy = 'false'
  const others = byId<HTMLButtonElement>('end-others')
  others.hidden = sessions.length < 2
  others.onclick = () => void endOthers(others).catch(complain)
}

function item(open: Open): HTMLElement {
  const name = program(open.agent)
  const where = open.network ? ` · near ${open.network}` : ''
  const facts = make('p', { className: 'hint' }, `Signed in ${BY[open.method]} on ${day(open.createdAt)}, last used ${day(open.lastUsedAt)}${where}`)
  const title = make('strong', {}, name)
  if (open.current) return make('li', {}, make('div', {}, title, ' ', make('span', { className: 'tag' }, 'This one'), facts))
  const button = make('button', { type: 'button', className: 'quiet' }, 'End')
  button.setAttribute('aria-label', `End the sign-in of ${name}, last used ${day(open.lastUsedAt)}`)
  button.addEventListener('click', () => void end(button, { id: open.id }).catch(complain))
  return make('li', {}, make('div', {}, title, facts), button)
}

async function endOthers(button: HTMLButtonElement): Promise<void> {
  const sure = await confirm({
    title: 'End all other sign-ins?',
    text: 'Every other browser and app has to sign in again. This one stays.',
    yes: 'End them',
  })
  if (sure) await end(button, { others: true })
}

async function end(button: HTMLButtonElement, which: { id: string } | { others: true }): Promise<void> {
  await busy(button, () => withToken((token) => procedure('net.metanet.auth.revokeSession', { body: which, token })))
  await showSessions()
  say('Ended.')
  byId('sessions-title').focus()
}
