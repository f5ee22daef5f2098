// Invitations that one has made, where this server goes by them.

import { procedure, query } from '../../api.ts'
import { withToken } from '../../session.ts'
import { busy, byId, make } from '../dom.ts'
import { complain, say } from '../status.ts'
import { day } from './thing.ts'

interface Invitation {
  id: string
  note?: string
  made: string
  expires: string
  uses: number
  used?: string[]
}

export async function showInvitations(): Promise<void> {
  const mine = await withToken((token) =>
    query<{ taken: boolean; invitations: Invitation[] }>('net.metanet.account.listInvitations', { token }),
  )
  byId('invitations-card').hidden = !mine.taken && mine.invitations.length === 0
  byId('invitations').replaceChildren(...mine.invitations.map(item))
  const form = byId<HTMLFormElement>('invite')
  form.hidden = !mine.taken
  form.onsubmit = (event) => {
    event.preventDefault()
    void busy(form.querySelector('button'), () => invite(form)).catch(complain)
  }
}

function item(i: Invitation): HTMLElement {
  const used = i.used?.length ?? 0
  const over = used >= i.uses || Date.parse(i.expires) < Date.now()
  const state = used > 0 ? 'used' : over ? 'expired' : `good until ${day(i.expires)}`
  const name = i.note || 'Without a note'
  const words = make('div', {}, make('strong', {}, name), make('p', { className: 'hint' }, `Made ${day(i.made)}, ${state}`))
  if (over) return make('li', {}, words)
  const button = make('button', { type: 'button', className: 'quiet' }, 'Withdraw')
  button.setAttribute('aria-label', `Withdraw the invitation ${name}, made ${day(i.made)}`)
  button.addEventListener('click', () => void busy(button, () => withdraw(i)).catch(complain))
  return make('li', {}, words, button)
}

async function invite(form: HTMLFormElement): Promise<void> {
  const note = byId<HTMLInputElement>('invite-note')
  const body = { note: note.value.trim() }
  const { code } = await withToken((token) => procedure<{ code: string }>('net.metanet.account.invite', { body, token }))
  form.reset()
  await showInvitations()
  byId('invite-code').textContent = code
  byId('invite-shown').hidden = false
  byId('invite-code').focus()
}

async function withdraw(i: Invitation): Promise<void> {
  await withToken((token) => procedure('net.metanet.account.withdrawInvitation', { body: { id: i.id }, token }))
  await showInvitations()
  say('Withdrawn.')
  byId('invitations-title').focus()
}
