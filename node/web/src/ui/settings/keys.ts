// Keys and recovery: which keys speak for somebody, who owns the identity, who
// could take it over, and where its home is. All of it is what the chain says.

import { ApiError, procedure, query } from '../../api.ts'
import { deviceKey, noteAuthorised } from '../../identity/device.ts'
import { fromBase58Key } from '../../identity/multikey.ts'
import { theNetwork } from '../../repo.ts'
import { toHex } from '../../bytes.ts'
import { current, withToken } from '../../session.ts'
import type { Order } from '../../wallet/orders.ts'
import { confirm } from '../confirm.ts'
import { busy, byId, make } from '../dom.ts'
import { give, type Wish } from '../order.ts'
import { endsSoon, type IdentityView, warn, warnings } from '../pending.ts'
import { complain, say } from '../status.ts'
import { day } from './thing.ts'

export async function showKeys(): Promise<void> {
  const session = await current()
  if (!session) return
  const who = await query<IdentityView>('net.metanet.identity.get', { params: { did: session.did } })
  const here = (await deviceKey(session.did))?.name
  byId('pending').replaceChildren(...warnings(who).map((w) => warning(w, who)))
  byId('keys').replaceChildren(...[...who.keys].sort(livingFirst).map((k) => keyItem(k, k.key === here, who)))
  byId('keys').ariaBusy = 'false'
  byId('owner-address').textContent = who.owner
  byId('recovery-address').textContent = who.recovery ?? 'None'
  byId('recovery-clear').hidden = !who.recovery
  byId('recovery-advice').hidden = !!who.recovery
  wireForms(who)
  await showHome(who)
}

type Key = IdentityView['keys'][number]

const livingFirst = (a: Key, b: Key): number =>
  Number(b.status === 'live') - Number(a.status === 'live') || Date.parse(b.addedAt) - Date.parse(a.addedAt)

const PURPOSE: Record<string, string> = { device: 'A browser or app of yours', hosted: 'Kept by your home server, for apps that cannot sign' }

function keyItem(key: Key, here: boolean, who: IdentityView): HTMLElement {
  const title = make('strong', {}, PURPOSE[key.purpose] ?? key.purpose)
  const state = key.status === 'live' ? [] : [' ', make('span', { className: 'tag' }, 'Ended')]
  const mark = here ? [' ', make('span', { className: 'tag' }, 'This browser')] : []
  const times = [`Since ${day(key.addedAt)}`]
  if (key.endedAt) times.push(`ended ${day(key.endedAt)}`)
  else if (key.expiresAt) times.push(`until ${day(key.expiresAt)}`)
  const name = make('code', { title: key.key }, `${key.key.slice(0, 10)}…${key.key.slice(-6)}`)
  const facts = make('p', { className: 'hint' }, `${times.join(', ')} · `, name)
  const about = make('div', {}, title, ...mark, ...state, facts)
  if (key.status !== 'live') return make('li', {}, about)
  const button = make('button', { type: 'button', className: 'quiet' }, 'End')
  button.setAttribute('aria-label', `End the key ${key.key.slice(0, 10)}, added ${day(key.addedAt)}`)
  const args = { key: '0x' + toHex(fromBase58Key(key.key)) }
  const wish = wishOf(who, 'revokeKey', args, { key: key.key }, 'End this key', [
    `End the key ${key.key.slice(0, 10)}…${key.key.slice(-6)} for ever. It can never be authorised again.`,
    'What it signed is hidden everywhere.',
  ])
  button.addEventListener('click', () => void order(button, wish, here).catch(complain))
  return make('li', {}, about, ...(endsSoon(key) ? [renewal(key, who)] : []), button)
}

function renewal(key: Key, who: IdentityView): HTMLElement {
  const until = new Date(Math.floor(Date.now() / 1000 + LIFETIME_DAYS * 86_400) * 1000)
  const button = make('button', { type: 'button', className: 'quiet' }, 'Renew')
  button.setAttribute('aria-label', `Renew the key ${key.key.slice(0, 10)}, which ends ${day(key.expiresAt!)}`)
  const args = { key: '0x' + toHex(fromBase58Key(key.key)), expiry: BigInt(until.getTime() / 1000) }
  const wish = wishOf(who, 'renewKey', args, { key: key.key, expiresAt: until.toISOString() }, 'Renew this key', [
    `Let the key ${key.key.slice(0, 10)}…${key.key.slice(-6)} go on signing what you post until ${day(until.toISOString())}.`,
  ])
  button.addEventListener('click', () => void order(button, wish).catch(complain))
  return button
}

function wishOf(who: IdentityView, operation: Order['operation'], args: Order['args'], body: object, title: string, lines: string[]): Wish {
  return { title, lines, owner: who.owner, order: { operation, identity: addressOf(who.did), args }, body: { operation, ...body } }
}

const addressOf = (did: string): string => did.slice(did.lastIndexOf(':') + 1)

async function order(button: HTMLButtonElement, wish: Wish, endsThis = false): Promise<void> {
  const done = await busy(button, () => give(wish))
  if (!done) return
  const session = await current()
  if (endsThis && session) await noteAuthorised(session.did, false)
  await Promise.all([showKeys(), warn()])
  say('Done. It is on the chain.') // and what is shown is as it is there
  byId('keys-title').focus()
}

function wireForms(who: IdentityView): void {
  const click = (id: string, work: (button: HTMLButtonElement) => Promise<void>): void => {
    const button = byId<HTMLButtonElement>(id)
    button.onclick = () => void work(button).catch(complain)
  }
  click('revoke-all', async (button) => {
    const lines = ['End all your keys at once, this browser’s, too.', 'Everybody who is signed in as you is signed out.', 'Your name, your home and your recovery address stay.']
    if (await confirm({ title: 'End all keys?', text: lines.join(' '), yes: 'End all keys' })) {
      await order(button, wishOf(who, 'revokeAllKeys', {}, {}, 'End all keys', lines), true)
    }
  })
  click('skip-nonce', (button) =>
    order(button, wishOf(who, 'skipNonce', {}, {}, 'Void unsent signatures', ['Void whatever your wallet has signed for this identity and nobody has sent yet.'])))
  click('recovery-clear', (button) => setRecovery(button, who, '0x' + '00'.repeat(20)))
  submit('recovery-form', 'recovery-new', (button, address) => setRecovery(button, who, address))
  submit('owner-form', 'owner-new', async (button, address) => {
    const wait = who.recovery ? 'It takes three days, in which you or your recovery address can cancel it.' : 'It happens at once and you cannot undo it.'
    const lines = [`Give your identity, with your name and all you have written, to ${address}.`, wait, 'All keys end; the new owner authorises new ones.']
    if (await confirm({ title: 'Give your identity away?', text: lines.join(' '), yes: 'Give it away' })) {
      await order(button, wishOf(who, 'changeOwner', { newOwner: address }, { address }, 'Change the owner', lines))
    }
  })
}

function setRecovery(button: HTMLButtonElement, who: IdentityView, address: string): Promise<void> {
  const none = /^0x0{40}$/.test(address)
  const lines = none
    ? ['Be without a recovery address. If you lose your wallet then, your identity is lost with it.']
    : [`Let ${address} take your identity over if your wallet is lost or stolen.`, 'Whoever holds it has the last word about your identity. Use a cold wallet or one that several people share, never a service’s.']
  if (who.recovery) lines.push('It takes three days, in which the present recovery address can cancel it.')
  return order(button, wishOf(who, 'setRecovery', { recovery: address }, { address }, 'Change the recovery address', lines))
}

function submit(form: string, input: string, work: (button: HTMLButtonElement, address: string) => Promise<void>): void {
  byId<HTMLFormElement>(form).onsubmit = (e) => {
    e.preventDefault()
    const field = byId<HTMLInputElement>(input)
    const address = field.value.trim().toLowerCase()
    const good = /^0x[0-9a-f]{40}$/.test(address) && !/^0x0{40}$/.test(address)
    field.setAttribute('aria-invalid', String(!good))
    if (!good) return complain(new Error('That is not an address: it has 0x and 40 letters and digits.'))
    void work((e.submitter as HTMLButtonElement), address).catch(complain)
  }
}

function warning(w: ReturnType<typeof warnings>[number], who: IdentityView): HTMLElement {
  const box = make('div', { className: 'warning' }, make('strong', {}, w.title), make('p', {}, w.text))
  if (w.cancel) {
    const button = make('button', { type: 'button', className: 'primary bad' }, 'Cancel it')
    const operation = w.cancel
    const wish = wishOf(who, operation, { signer: who.owner }, { address: who.owner }, 'Cancel it', [`Withdraw this: ${w.title}`])
    button.addEventListener('click', () => void order(button, wish).catch(complain))
    box.append(button)
  }
  return box
}

interface Move { fetched: number; fault?: string; arrived: boolean; done: boolean; restored: { seen: number; signed: number; late: number } }

async function showHome(who: IdentityView): Promise<void> {
  const { server } = await theNetwork()
  const isHome = who.home?.server === server.id
  byId('home-name').textContent = who.home ? who.home.domain || `server no. ${who.home.server}` : 'None'
  const button = byId<HTMLButtonElement>('move-here')
  button.hidden = isHome
  button.textContent = `Move to ${server.domain}`
  button.onclick = () => void move(button, who).catch(complain)
  byId('home-here').hidden = !isHome
  await tellMove()
}

/** Where a move to this server stands, if there is one. */
async function tellMove(): Promise<Move | undefined> {
  const line = byId('move-progress')
  try {
    const m = await withToken((token) => query<Move>('net.metanet.move.status', { token }))
    line.hidden = false
    line.textContent = !m.arrived
      ? `${m.fetched} records were fetched${m.fault ? `; your old home gives no more (${m.fault})` : ''}. Your wallet has yet to name this server.`
      : !m.done
        ? 'You have arrived. What your old home signed for you is being signed again…'
        : `You have moved: ${m.restored.signed} records were signed again.` +
          (m.restored.late ? ` ${m.restored.late} came from your old home’s key after the move had begun and were left out.` : '')
    byId('move-late').hidden = !(m.done && m.restored.late > 0)
    byId<HTMLButtonElement>('move-late').onclick = () => void withLate().catch(complain)
    return m
  } catch (error) {
    if (error instanceof ApiError && error.status === 400) return undefined // no move was begun
    throw error
  }
}

async function withLate(): Promise<void> {
  const sure = await confirm({ title: 'Are they yours?', text: 'Your old home could have written them in your name. Bring them back only if you wrote them yourself just before moving.', yes: 'They are mine' })
  if (!sure) return
  await withToken((token) => procedure('net.metanet.move.restore', { body: { late: true }, token }))
  await tellMove()
}

const LIFETIME_DAYS = 365

async function move(button: HTMLButtonElement, who: IdentityView): Promise<void> {
  const { server } = await theNetwork()
  await busy(button, () => withToken((token) => procedure('net.metanet.move.begin', { body: {}, token })))
  await tellMove()
  const hosted = await withToken((token) => procedure<{ typedData: { message: Record<string, unknown> } }>('net.metanet.identity.prepare', { body: { operation: 'enrol', purpose: 'hosted' }, token }))
  const key = String(hosted.typedData.message['key']) // the new server's own: it alone can say which it keeps
  const expiry = Math.floor(Date.now() / 1000) + LIFETIME_DAYS * 86_400
  const args = { key, purpose: 2n, expiry: BigInt(expiry), hostedKey: '0x' + '00'.repeat(32), hostedExpiry: 0n, server: BigInt(server.id) }
  const body = { purpose: 'hosted', server: server.id, expiresAt: new Date(expiry * 1000).toISOString() }
  const wish = wishOf(who, 'enrol', args, body, `Move to ${server.domain}`, [
    `Make ${server.domain} your home server. Your name, your followers and your posts stay yours.`,
    `Let it sign for apps that cannot sign themselves, until ${day(new Date(expiry * 1000).toISOString())}; it ends when you move on.`,
    'The key that your old home keeps for you ends at once.',
  ])
  if (!(await busy(button, () => give(wish)))) return
  for (let m = await tellMove(); m && !m.done; m = await tellMove()) await new Promise((r) => setTimeout(r, 1000))
  await showKeys()
}

