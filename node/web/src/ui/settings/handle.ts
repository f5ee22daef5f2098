// The handle: what the server has found of the present one, and taking another.
// The record that claims it is signed here, by this browser's key.

import { procedure, query } from '../../api.ts'
import { keepBinding, keptBinding } from '../../identity/binding.ts'
import { deviceKey } from '../../identity/device.ts'
import { plcName } from '../../identity/plc.ts'
import { fromAtJson, type Value } from '../../record/atjson.ts'
import type { Fields } from '../../record/values.ts'
import { put, theNetwork } from '../../repo.ts'
import { begin, current, withToken } from '../../session.ts'
import { busy, byId, make } from '../dom.ts'
import { complain, say } from '../status.ts'
import { day } from './thing.ts'

interface HandleView {
  handle?: string
  atName?: string
  state: 'valid' | 'unproven' | 'conflicting'
  reason?: string
  checkedAt?: string
  history: { handle: string; state: string; since: string; until: string }[]
}

const STATES: Record<HandleView['state'], string> = {
  valid: 'Proved both ways.',
  unproven: 'Not proved yet. It is asked for again and again.',
  conflicting: 'In doubt: it names somebody else.',
}

export async function showHandle(): Promise<void> {
  const session = await current()
  if (!session) return
  const [view, { server }] = await Promise.all([
    query<HandleView>('net.metanet.identity.getHandle', { params: { did: session.did } }),
    theNetwork(),
  ])
  byId('handle-now').textContent = view.handle ?? session.handle
  byId('handle-state').textContent = [STATES[view.state], view.reason].filter(Boolean).join(' ')
  byId('handle-history').replaceChildren(
    ...view.history.map((e) => make('li', {}, `${e.handle}: ${e.state}, ${day(e.since)} to ${day(e.until)}`)),
  )
  byId('handle-server').textContent = server.domain
  byId('handle-txt').textContent = `_atproto.your.domain  TXT  "did=${session.atName}"`
  byId<HTMLFormElement>('handle-change').onsubmit = (e) => {
    e.preventDefault()
    void busy(e.submitter as HTMLButtonElement, change).catch(complain)
  }
}

async function change(): Promise<void> {
  const session = await current()
  if (!session) return
  const wanted = byId<HTMLInputElement>('handle-new').value.trim()
  if (!(await deviceKey(session.did))?.authorised) return changeHosted(wanted)
  const { handle, atOperation } = await withToken((token) =>
    procedure<{ handle: string; atOperation: { value: unknown } }>('net.metanet.identity.updateHandle', { body: { handle: wanted }, token }),
  )
  const value = fromAtJson(atOperation.value) as Fields
  // Only the handle may be new: the name has to be the hash of the operation that is signed again.
  const operation: Value = value['operation'] ?? null
  if ((await plcName(operation)) !== session.atName) throw new Error('The server proposed another name than yours. Nothing was signed.')
  await put(session, 'net.metanet.identity.at', 'self', value)
  if ((await keptBinding(session.did)) !== undefined) await keepBinding(session.did, atOperation.value)
  await changed(handle)
}

/** Without a key in this browser, the server's own key for this person signs. */
async function changeHosted(wanted: string): Promise<void> {
  const { server } = await theNetwork()
  await withToken((token) => procedure('com.atproto.identity.updateHandle', { body: { handle: wanted }, token }))
  const name = wanted.replace(/^@/, '').toLowerCase()
  await changed(name.includes('.') ? name : `${name}.${server.domain}`)
}

async function changed(handle: string): Promise<void> {
  const session = await current()
  if (session) await begin({ ...session, handle })
  say(`You are ${handle} now.`)
  await showHandle()
}
