// Authorising keys: what the wallet is asked to sign for the chain is first
// checked and told here in words, then signed, relayed and waited for.

import { ApiError, procedure, query } from '../api.ts'
import { deviceKey, newDeviceKey, noteAuthorised, type DeviceKey } from '../identity/device.ts'
import { fromBase58Key } from '../identity/multikey.ts'
import { current, withToken } from '../session.ts'
import { signTyped, WalletError } from '../wallet/provider.ts'
import { explain, type TypedData, type Wanted } from '../wallet/typed.ts'
import { byId, make } from './dom.ts'
import { Closed, event, failed, openSheet, show, whileOpen } from './steps.ts'
import { meet, type Visitor } from './visitor.ts'

interface IdentityView {
  home: { server: number } | null
  keys: { key: string; purpose: string; status: string }[]
}

/** Has the wallet authorise this browser's key, unless the chain lists it already. */
export async function authorise(visitor: Visitor): Promise<void> {
  const { did } = visitor
  const { home, keys } = await identity(did)
  const kept = await deviceKey(did)
  const listed = keys.find((k) => k.key === kept?.name)
  if (listed?.status !== 'live') {
    // A key that the chain knows and that ended can't come back; one it never saw can still be used.
    const key = kept && !listed ? kept : await newDeviceKey(did)
    // The first time, one signature also names the home server; afterwards the home stays what it is.
    await operate(visitor, key, home ? 'addKey' : 'enrol')
  }
  await noteAuthorised(did, true)
}

async function identity(did: string): Promise<IdentityView> {
  try {
    return await query<IdentityView>('net.metanet.identity.get', { params: { did } })
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return { home: null, keys: [] }
    throw error
  }
}

const LIFETIME_DAYS = 365

async function operate(visitor: Visitor, key: DeviceKey, operation: 'enrol' | 'addKey'): Promise<void> {
  const expiresAt = new Date(Date.now() + LIFETIME_DAYS * 86_400_000).toISOString()
  const extra = operation === 'enrol' ? { hosted: true } : {}
  const body = { operation, key: key.name, purpose: 'device', expiresAt, ...extra }
  await signOperation(visitor, { operation, address: visitor.address, key: key.publicKey }, body)
}

/** Shows what an operation does before the wallet is asked for it. */
async function signOperation(visitor: Visitor, want: Wanted, body: object): Promise<void> {
  await relay(visitor, body, async (typedData) => {
    const { lines, typed } = explain(typedData, want, visitor.network)
    await agree(lines)
    return typed
  })
}

/** Has the server prepare an operation and, once checked, the wallet sign it; then has the server send it, and waits for the chain. */
export async function relay(
  { wallet, address }: Visitor,
  body: object,
  checked: (typedData: TypedData) => TypedData | Promise<TypedData>,
): Promise<void> {
  const { typedData } = await whileOpen(
    withToken((token) => procedure<{ typedData: TypedData }>('net.metanet.identity.prepare', { body, token })),
  )
  const typed = await checked(typedData)
  waiting('Waiting for your wallet…')
  const signature = await whileOpen(signTyped(wallet, address, typed))
  waiting('Writing it to the chain…')
  await submit(typed, signature)
}

/** Hands a signed operation to the server and waits for the chain. */
async function submit(typedData: TypedData, signature: string): Promise<void> {
  const outcome = await withToken((token) =>
    procedure<Outcome>('net.metanet.identity.submit', { body: { typedData, signature }, token }),
  ).catch(inPlainWords)
  await settled(outcome)
}

/** How far an operation has come; the server keeps what is queued and sends it by itself. */
interface Outcome {
  operation: string
  status: 'queued' | 'confirmed' | 'refused'
  message?: string
}

const OUTCOME_POLL_MS = 2000

async function settled(outcome: Outcome): Promise<void> {
  while (outcome.status === 'queued') {
    waiting('The chain is slow or away. The server keeps this and writes it by itself; you may wait here or come back later…')
    await new Promise((resolve) => setTimeout(resolve, OUTCOME_POLL_MS))
    const params = { operation: outcome.operation }
    outcome = await withToken((token) => query<Outcome>('net.metanet.identity.operation', { params, token }))
  }
  if (outcome.status === 'refused') throw new WalletError(`The contract refused: ${outcome.message ?? 'no reason given'}`)
}

/** Shows what is about to be signed and waits for the person to go on. */
export async function agree(lines: string[]): Promise<void> {
  const go = byId('authorise-go')
  byId('authorise-lines').replaceChildren(...lines.map((l) => make('li', {}, l)))
  byId('authorise-waiting').hidden = true
  go.hidden = false
  show('authorise')
  await event(go, 'click')
  go.hidden = true
}

export function waiting(text: string): void {
  const line = byId('authorise-waiting')
  line.hidden = false
  line.textContent = text
}

function inPlainWords(error: unknown): never {
  if (error instanceof ApiError && error.code === 'InvalidSignature') {
    throw new WalletError(
      'That was signed by another account than the one you signed in with. Choose the right account in your wallet and try again. Nothing was changed.',
    )
  }
  throw error
}

/** Ends a key for ever: the wallet alone can. */
export async function revoke(keyName: string): Promise<void> {
  const session = await current()
  if (!session) return
  openSheet()
  try {
    const visitor = await meet()
    if (visitor.did !== session.did) throw new WalletError('That wallet account is not the one you are signed in with.')
    const want: Wanted = { operation: 'revokeKey', address: visitor.address, key: fromBase58Key(keyName) }
    await signOperation(visitor, want, { operation: 'revokeKey', key: keyName })
    if ((await deviceKey(session.did))?.name === keyName) await noteAuthorised(session.did, false)
    location.assign(`/profile/${session.did}`) // the address that holds even when no record of theirs is visible
  } catch (error) {
    if (!(error instanceof Closed)) await failed(error).catch(() => undefined)
  }
}
