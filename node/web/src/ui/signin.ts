// Signing in, as one story: wallet, handle, message, key, names, recovery file.
// Every step that a wallet signs is first shown here in words, and checked.

import { ApiError, procedure, query } from '../api.ts'
import { fromBase58Key } from '../identity/multikey.ts'
import { deviceKey, newDeviceKey, type DeviceKey } from '../identity/device.ts'
import { didOf, type Network } from '../identity/network.ts'
import { checkOperation } from '../identity/plc.ts'
import { keepUntilSaved, newRecoveryKey, recoveryFile, unsavedRecovery, type RecoveryKey } from '../identity/recovery.ts'
import { fromAtJson } from '../record/atjson.ts'
import { profile, type Fields } from '../record/values.ts'
import { put, theNetwork } from '../repo.ts'
import { begin, current, type Session, withToken } from '../session.ts'
import { account, discover, signMessage, signTyped, type Wallet, WalletError } from '../wallet/provider.ts'
import { checkSignIn } from '../wallet/siwe.ts'
import { explain, type TypedData, type Wanted } from '../wallet/typed.ts'
import { saveRecovery, showAccount } from './account.ts'
import { byId, make } from './dom.ts'
import { chooseWallet, Closed, event, failed, objection, openSheet, show, whileOpen } from './steps.ts'

interface Challenge {
  message: string
  handleRequired: boolean
  did: string
}

interface SignedIn extends Session {
  atOperation?: { path: string; value: unknown }
}

interface IdentityView {
  home: { server: number } | null
  keys: { key: string; purpose: string; status: string }[]
}

/** Someone at the door: a wallet, one of its accounts, and the identity that account has here. */
interface Visitor {
  wallet: Wallet
  address: string
  did: string
  network: Network
}

let running = false

/** Opens the sheet and goes through the story, again from the top after each failure, until done or closed. */
export async function signIn(): Promise<void> {
  if (running) return
  running = true
  openSheet()
  try {
    while (!(await attempt())) continue
  } catch (error) {
    if (!(error instanceof Closed)) throw error
  } finally {
    running = false
    await showAccount()
  }
}

async function attempt(): Promise<boolean> {
  try {
    await story()
    return true
  } catch (error) {
    if (error instanceof Closed) throw error
    await failed(error)
    return false
  }
}

async function story(): Promise<void> {
  const visitor = await meet()
  const signedIn = await enter(visitor)
  await authorise(visitor, signedIn)
  await publishNames(signedIn)
  await offerRecovery(signedIn)
  show('done')
  await showAccount()
  await event(byId('sign-in-dialog'), 'close').catch(() => undefined)
  location.reload()
}

let last: Visitor | undefined // a second attempt needn't ask for the wallet again

async function meet(): Promise<Visitor> {
  show('wallets')
  const session = await current()
  if (last && session?.did === last.did) return last
  const wallet = await chooseWallet(await whileOpen(discover()))
  const [address, network] = await whileOpen(Promise.all([account(wallet), theNetwork()]))
  last = { wallet, address, network, did: didOf(network.chainId, address) }
  return last
}

// ---- the message

async function enter(visitor: Visitor): Promise<SignedIn> {
  const before = await current()
  if (before?.did === visitor.did) return before
  const first = await challenge(visitor, undefined)
  if (!first.handleRequired) return signWith(visitor, first, undefined)
  const recovery = await newRecoveryKey()
  for (;;) {
    const handle = await askHandle(visitor.network.server.domain)
    try {
      return await signWith(visitor, await challenge(visitor, handle), { handle, recovery })
    } catch (error) {
      if (!(error instanceof ApiError && /Handle/.test(error.code))) throw error
      show('handle')
      objection(error.message)
    }
  }
}

const challenge = ({ address }: Visitor, handle: string | undefined): Promise<Challenge> =>
  whileOpen(procedure<Challenge>('net.metanet.auth.challenge', { body: { address, handle } }))

interface Newcomer {
  handle: string
  recovery: RecoveryKey
}

async function signWith(visitor: Visitor, { message }: Challenge, newcomer: Newcomer | undefined): Promise<SignedIn> {
  const { wallet, address, did, network } = visitor
  const { origin, host } = location
  checkSignIn(message, { origin, host, address, chainId: network.chainId, did, now: new Date() })
  show('message')
  byId('message-domain').textContent = host
  byId('message-text').textContent = message
  byId('message-waiting').hidden = false
  const signature = await whileOpen(signMessage(wallet, address, message))
  const body = { message, signature, handle: newcomer?.handle, rotationKey: newcomer?.recovery.id }
  const signedIn = await whileOpen(procedure<SignedIn>('net.metanet.auth.signIn', { body }))
  if (signedIn.did !== did) throw new Error('The server signed you in as somebody else.')
  if (newcomer) await keepUntilSaved(did, recoveryFile(newcomer.recovery, signedIn))
  await begin(signedIn)
  return signedIn
}

const HANDLE = /^(?=.{3,20}$)[a-z0-9](-?[a-z0-9])+$/

async function askHandle(domain: string): Promise<string> {
  show('handle')
  byId('handle-suffix').textContent = `.${domain}`
  const input = byId<HTMLInputElement>('handle')
  input.focus()
  for (;;) {
    await event(byId('handle-form'), 'submit')
    const name = input.value.trim().toLowerCase().replace(`.${domain}`, '')
    if (HANDLE.test(name)) return `${name}.${domain}`
    input.setAttribute('aria-invalid', 'true')
    objection('A handle has 3 to 20 letters a–z and digits, with single hyphens between them.')
  }
}

// ---- the key

async function authorise(visitor: Visitor, { did }: SignedIn): Promise<void> {
  const { home, keys } = await identity(did)
  const kept = await deviceKey(did)
  const listed = keys.find((k) => k.key === kept?.name)
  if (listed?.status === 'live') return
  // A key that the chain knows and that ended can't come back; one it never saw can still be used.
  const key = kept && !listed ? kept : await newDeviceKey(did)
  // The first time, one signature also names the home server; afterwards the home stays what it is.
  await operate(visitor, key, home ? 'addKey' : 'enrol')
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

/** Has the server prepare an operation, shows what it does, has the wallet sign it and waits for the chain. */
async function signOperation({ wallet, address, network }: Visitor, want: Wanted, body: object): Promise<void> {
  const { typedData } = await whileOpen(
    withToken((token) => procedure<{ typedData: TypedData }>('net.metanet.identity.prepare', { body, token })),
  )
  show('authorise')
  byId('authorise-waiting').hidden = true
  const { lines } = explain(typedData, want, network)
  byId('authorise-lines').replaceChildren(...lines.map((l) => make('li', {}, l)))
  const go = byId<HTMLButtonElement>('authorise-go')
  go.hidden = false
  await event(go, 'click')
  go.hidden = true
  byId('authorise-waiting').hidden = false
  waiting('Waiting for your wallet…')
  const signature = await whileOpen(signTyped(wallet, address, typedData))
  waiting('Writing it to the chain…')
  await withToken((token) => procedure('net.metanet.identity.submit', { body: { typedData, signature }, token })).catch(inPlainWords)
}

const waiting = (text: string): string => (byId('authorise-waiting').textContent = text)

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
    location.reload()
  } catch (error) {
    if (!(error instanceof Closed)) await failed(error).catch(() => undefined)
  }
}

// ---- the names

async function publishNames(signedIn: SignedIn): Promise<void> {
  const { did, atName, handle } = signedIn
  const operation = signedIn.atOperation
  if (operation && !(await published(did, 'net.metanet.identity.at'))) {
    const value = fromAtJson(operation.value) as Fields
    const rotationKey = (await unsavedRecovery(did))?.key
    await checkOperation(value['operation'] ?? null, { atName, did, handle, ...(rotationKey ? { rotationKey } : {}) })
    await put(signedIn, 'net.metanet.identity.at', 'self', value)
  }
  if (!(await published(did, 'app.bsky.actor.profile'))) {
    const displayName = handle.split('.')[0] ?? handle
    await put(signedIn, 'app.bsky.actor.profile', 'self', profile(undefined, { displayName, description: '' }, new Date()))
  }
}

async function published(repo: string, collection: string): Promise<boolean> {
  try {
    await query('com.atproto.repo.getRecord', { params: { repo, collection, rkey: 'self' } })
    return true
  } catch (error) {
    if (error instanceof ApiError && error.status >= 400 && error.status < 500) return false
    throw error
  }
}

async function offerRecovery({ did, atName }: Session): Promise<void> {
  if (!(await unsavedRecovery(did))) return
  show('recovery')
  byId('recovery-name').textContent = atName
  const save = event(byId('recovery-save'), 'click').then(saveRecovery)
  await Promise.race([save, event(byId('recovery-later'), 'click')])
}
