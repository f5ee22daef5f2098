// From a passkey to a wallet: the wallet agrees in words, signs what will be its
// first order on the chain, and the person confirms with their passkey. Only then
// does anything change, and nothing that they wrote or are called does.

import { procedure } from '../../api.ts'
import { newDeviceKey, noteAuthorised } from '../../identity/device.ts'
import { usePasskey } from '../../passkey.ts'
import { theNetwork } from '../../repo.ts'
import { begin, current, withToken, type Session } from '../../session.ts'
import { account, discover, signTyped } from '../../wallet/provider.ts'
import { explain, type TypedData } from '../../wallet/typed.ts'
import { agree, waiting } from '../authorise.ts'
import { byId } from '../dom.ts'
import { signShown } from '../message.ts'
import { askForWallet, chooseWallet, Closed, event, failed, openSheet, show, whileOpen } from '../steps.ts'
import { complain } from '../status.ts'
import type { Passkeys } from './passkeys.ts'

export function showTakeOver({ custody }: Passkeys): void {
  byId('take-over-card').hidden = !custody
  byId('take-over').onclick = () => void begins().catch(complain)
}

async function begins(): Promise<void> {
  openSheet()
  try {
    while (!(await attempt())) continue
  } catch (error) {
    if (!(error instanceof Closed)) throw error
  }
}

async function attempt(): Promise<boolean> {
  try {
    await takeOver()
    return true
  } catch (error) {
    if (error instanceof Closed) throw error
    await failed(error)
    return false
  }
}

interface Prepared {
  message: string
  typedData: TypedData
}

async function takeOver(): Promise<void> {
  const session = (await current())!
  askForWallet('take-over')
  const wallet = await chooseWallet(await whileOpen(discover()))
  const [address, network] = await whileOpen(Promise.all([account(wallet), theNetwork()]))
  const key = await newDeviceKey(session.did)
  const prepared = await whileOpen(
    withToken((token) => procedure<Prepared>('net.metanet.identity.prepareTakeOver', { body: { address, key: key.name }, token })),
  )

  const identity = session.did.slice(session.did.lastIndexOf(':') + 1)
  const { lines, typed } = explain(prepared.typedData, { operation: 'enrol', address, identity, key: key.publicKey }, network)

  const signature = await signShown({ wallet, address, network }, session.did, prepared.message)

  await agree(lines)
  waiting('Waiting for your wallet…')
  const enrolmentSignature = await whileOpen(signTyped(wallet, address, typed))

  byId('device-title').textContent = 'Confirm with your passkey'
  byId('device-words').textContent = 'Follow what your device says…'
  show('device')
  const proof = await whileOpen(usePasskey({ for: 'take over', subject: address.toLowerCase() }))
  byId('device-words').textContent = 'Handing over, and signing your posts anew…'
  const body = { address, message: prepared.message, signature, typedData: typed, enrolmentSignature, proof }
  await finish(session, await withToken((token) => procedure<Outcome>('net.metanet.identity.takeOver', { body, token })))
}

interface Outcome {
  status: 'done' | 'begun'
  grant?: Session
}

async function finish(session: Session, { status, grant }: Outcome): Promise<void> {
  if (grant) {
    await begin({ ...session, ...grant, hosted: true })
    await noteAuthorised(session.did, true)
  }
  byId('taken-over-words').textContent =
    status === 'done'
      ? 'Your wallet owns this identity now. Everything you wrote and everybody who follows you stayed.'
      : 'The chain cannot be reached right now. Everything is signed: this server finishes it without you.'
  show('taken-over')
  await event(byId('sign-in-dialog'), 'close').catch(() => undefined)
  location.reload()
}
