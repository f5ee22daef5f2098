// One's passkeys and recovery codes. Each change is confirmed with a passkey: who
// has only got hold of this page's sign-in changes nothing.

import { procedure, query } from '../../api.ts'
import { makePasskey, passkeysHere, usePasskey } from '../../passkey.ts'
import { current, withToken } from '../../session.ts'
import { confirm } from '../confirm.ts'
import { busy, byId, make } from '../dom.ts'
import { signShown } from '../message.ts'
import { complain, say } from '../status.ts'
import { Closed, openSheet, whileOpen } from '../steps.ts'
import { meet } from '../visitor.ts'
import { program } from './program.ts'
import { showTakeOver } from './takeover.ts'
import { day } from './thing.ts'

interface Passkey {
  id: string
  name: string
  synced: boolean
  createdAt: string
  lastUsedAt: string
}

export interface Passkeys {
  passkeys: Passkey[]
  codes: number
  custody: boolean
}

export async function showPasskeys(): Promise<void> {
  const mine = await withToken((token) => query<Passkeys>('net.metanet.passkey.list', { token }))
  byId('passkeys-card').hidden = mine.passkeys.length === 0
  showTakeOver(mine)
  // Keys of an identity that the server keeps are the server's care: no wallet could order anything.
  byId('keys-title').closest('section')!.hidden = mine.custody
  byId('passkeys').replaceChildren(...mine.passkeys.map((k) => item(k, mine)))
  byId('codes-left').textContent =
    mine.codes > 0 ? `You have ${mine.codes} recovery codes left.` : 'You have no recovery codes. With one you get in again if every passkey is lost.'
  wire('passkey-add', add)
  wire('codes-new', codes)
  const lost = byId<HTMLButtonElement>('passkeys-lost')
  lost.hidden = mine.custody
  lost.onclick = () => void busy(lost, removeAll).catch(complain)
}

function wire(id: string, work: () => Promise<void>): void {
  const button = byId<HTMLButtonElement>(id)
  button.disabled = !passkeysHere()
  button.onclick = () => void busy(button, work).catch(complain)
}

function item(k: Passkey, { passkeys, custody }: Passkeys): HTMLElement {
  const synced = k.synced ? ' · on all your devices' : ''
  const facts = make('p', { className: 'hint' }, `Added ${day(k.createdAt)}, last used ${day(k.lastUsedAt)}${synced}`)
  const words = make('div', {}, make('strong', {}, k.name), facts)
  if (passkeys.length < 2 && custody) return make('li', {}, words)
  const button = make('button', { type: 'button', className: 'quiet' }, 'Remove')
  button.setAttribute('aria-label', `Remove the passkey ${k.name}, added ${day(k.createdAt)}`)
  button.addEventListener('click', () => void busy(button, () => remove(k)).catch(complain))
  return make('li', {}, words, button)
}

async function add(): Promise<void> {
  const proof = await usePasskey({ for: 'add' })
  const credential = await makePasskey({ for: 'new' })
  const body = { proof, credential, name: program(navigator.userAgent) }
  await withToken((token) => procedure('net.metanet.passkey.add', { body, token }))
  await showPasskeys()
  say('Added. You can sign in with it from now on.')
}

async function remove(k: Passkey): Promise<void> {
  const sure = await confirm({
    title: `Remove the passkey ${k.name}?`,
    text: 'It signs in here no longer. You confirm with a passkey of yours.',
    yes: 'Remove it',
  })
  if (!sure) return
  const proof = await usePasskey({ for: 'remove', subject: k.id })
  await withToken((token) => procedure('net.metanet.passkey.remove', { body: { id: k.id, proof }, token }))
  await showPasskeys()
  say('Removed.')
  byId('passkeys-title').focus()
}

/** For who has lost every passkey: the wallet that owns the identity says so. */
async function removeAll(): Promise<void> {
  const sure = await confirm({
    title: 'Remove all passkeys and recovery codes?',
    text: 'Your wallet signs that. From then on it alone signs you in here.',
    yes: 'Remove them',
  })
  if (!sure) return
  openSheet()
  try {
    const { did } = (await current())!
    const { wallet, address, network } = await meet()
    const prepared = await whileOpen(
      withToken((token) => procedure<{ message: string }>('net.metanet.passkey.prepareRemoval', { body: { address }, token })),
    )
    const signature = await signShown({ wallet, address, network }, did, prepared.message)
    const body = { message: prepared.message, signature }
    await whileOpen(withToken((token) => procedure('net.metanet.passkey.removeAll', { body, token })))
    byId<HTMLDialogElement>('sign-in-dialog').close()
    await showPasskeys()
    say('Removed.')
  } catch (error) {
    byId<HTMLDialogElement>('sign-in-dialog').close()
    if (!(error instanceof Closed)) throw error
  }
}

async function codes(): Promise<void> {
  const proof = await usePasskey({ for: 'codes' })
  const made = await withToken((token) =>
    procedure<{ codes: string[] }>('net.metanet.passkey.newCodes', { body: { proof }, token }),
  )
  await showPasskeys()
  const list = byId('codes')
  list.textContent = made.codes.join('\n')
  byId('codes-shown').hidden = false
  list.focus()
}
