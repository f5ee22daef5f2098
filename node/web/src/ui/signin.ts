// Signing in, as one story: wallet, handle, message, key, names, recovery file.
// Every step that a wallet signs is first shown here in words, and checked.

import { ApiError, procedure } from '../api.ts'
import { keepBinding } from '../identity/binding.ts'
import { recoveryKey, unsavedRecovery } from '../identity/recovery.ts'
import { begin, current, type Session } from '../session.ts'
import { saveRecovery, showAccount } from './account.ts'
import { authorise } from './authorise.ts'
import { byId } from './dom.ts'
import { askEntry, type Entry } from './entry.ts'
import { signShown } from './message.ts'
import { publishNames } from './names.ts'
import { comeIn, passkeyWay } from './passkeys.ts'
import { Closed, event, failed, objection, openSheet, show, whileOpen } from './steps.ts'
import { meet, type Visitor } from './visitor.ts'

interface Challenge {
  message: string
  handleRequired: boolean
  did: string
  registration?: string
}

interface SignedIn extends Session {
  atOperation: { value: unknown }
}

/** Fired at the document when somebody has signed in or authorised this browser anew. */
export const SIGNED_IN = 'metanet:signed-in'

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
  const session = await comeInSomehow()
  await offerRecovery(session)
  show('done')
  document.dispatchEvent(new Event(SIGNED_IN))
  await event(byId('sign-in-dialog'), 'close').catch(() => undefined)
}

/** With a wallet, or with a passkey: whichever the person takes first. */
async function comeInSomehow(): Promise<Session> {
  const way = await Promise.race([meet(), passkeyWay()])
  if (typeof way === 'string') return comeIn(way)
  const session = await enter(way)
  await authorise(way)
  await publishNames(session)
  return session
}

async function enter(visitor: Visitor): Promise<Session> {
  const before = await current()
  if (before?.did === visitor.did) return before
  const first = await challenge(visitor, undefined)
  const entry = await askEntry(first.registration)
  if (!first.handleRequired) return signWith(visitor, first, entry)
  const rotationKey = (await recoveryKey(visitor.did)).id
  let problem = ''
  for (;;) {
    const handle = await askHandle(visitor.network.server.domain, problem)
    try {
      return await signWith(visitor, await challenge(visitor, handle), { handle, rotationKey, ...entry })
    } catch (error) {
      if (!(error instanceof ApiError && error.code in HANDLE_PROBLEMS)) throw error
      problem = HANDLE_PROBLEMS[error.code]!
    }
  }
}

const challenge = ({ address }: Visitor, handle: string | undefined): Promise<Challenge> =>
  whileOpen(procedure<Challenge>('net.metanet.auth.challenge', { body: { address, handle } }))

/** What is chosen once, at the first sign-in. */
interface Newcomer extends Entry {
  handle?: string
  rotationKey?: string
}

async function signWith(visitor: Visitor, { message }: Challenge, newcomer: Newcomer): Promise<Session> {
  const { did } = visitor
  const signature = await signShown(visitor, did, message)
  const body = { message, signature, ...newcomer }
  const signedIn = await whileOpen(procedure<SignedIn>('net.metanet.auth.signIn', { body }))
  if (signedIn.did !== did) throw new Error('The server signed you in as somebody else.')
  await keepBinding(did, signedIn.atOperation.value)
  await begin(signedIn)
  return signedIn
}

const HANDLE_PROBLEMS: Record<string, string> = {
  HandleTaken: 'Somebody else has that handle. Choose another one.',
  InvalidHandle: 'This server doesn’t give out that handle. Choose another one.',
}

const HANDLE = /^(?=.{3,20}$)[a-z0-9](-?[a-z0-9])+$/

async function askHandle(domain: string, problem: string): Promise<string> {
  show('handle')
  if (problem) objection(problem)
  byId('handle-suffix').textContent = `.${domain}`
  const input = byId<HTMLInputElement>('handle')
  input.focus()
  for (;;) {
    await event(byId('handle-form'), 'submit')
    const name = input.value.trim().toLowerCase().replace(`.${domain}`, '')
    if (HANDLE.test(name)) return `${name}.${domain}`
    objection('A handle has 3 to 20 letters a–z and digits, with single hyphens between them.')
  }
}

async function offerRecovery({ did, atName }: Session): Promise<void> {
  if (!(await unsavedRecovery(did))) return
  show('recovery')
  byId('recovery-name').textContent = atName
  const save = event(byId('recovery-save'), 'click').then(saveRecovery)
  await Promise.race([save, event(byId('recovery-later'), 'click')])
}
