// Wallets: those that announce themselves (EIP-6963) and, where none does, the
// one that sits at window.ethereum (EIP-1193).

import { toHex, utf8 } from '../bytes.ts'

export interface Provider {
  request(call: { method: string; params?: unknown[] }): Promise<unknown>
}

export interface Wallet {
  id: string
  name: string
  /** A data: URI of an image, or empty. */
  icon: string
  provider: Provider
}

interface Announcement {
  info: { uuid: string; name: string; icon: string }
  provider: Provider
}

/** Asks wallets to announce themselves and listens for a moment. EIP-6963 answers are synchronous in practice. */
export async function discover(patienceMillis = 150): Promise<Wallet[]> {
  const found = new Map<string, Wallet>()
  const hear = (event: Event): void => {
    const { info, provider } = (event as CustomEvent<Announcement>).detail
    found.set(info.uuid, { id: info.uuid, name: info.name, icon: imageOnly(info.icon), provider })
  }
  addEventListener('eip6963:announceProvider', hear)
  dispatchEvent(new Event('eip6963:requestProvider'))
  await new Promise((done) => setTimeout(done, patienceMillis))
  removeEventListener('eip6963:announceProvider', hear)
  return found.size > 0 ? [...found.values()] : injected()
}

function injected(): Wallet[] {
  const provider = (globalThis as { ethereum?: Provider }).ethereum
  return provider ? [{ id: 'injected', name: 'Browser wallet', icon: '', provider }] : []
}

// An icon is shown in an <img>, where even an SVG runs no script; anything that isn't a data: image is dropped.
const imageOnly = (icon: unknown): string =>
  typeof icon === 'string' && /^data:image\/[a-z+.-]+[;,]/i.test(icon) ? icon : ''

export class WalletError extends Error {
  override name = 'WalletError'
}

export async function account(wallet: Wallet): Promise<string> {
  const accounts = await ask(wallet, 'eth_requestAccounts')
  const first = Array.isArray(accounts) ? accounts[0] : undefined
  if (typeof first !== 'string' || !/^0x[0-9a-f]{40}$/i.test(first)) {
    throw new WalletError('The wallet shared no account.')
  }
  return first
}

export const signMessage = (wallet: Wallet, address: string, message: string): Promise<string> =>
  signature(wallet, 'personal_sign', ['0x' + toHex(utf8(message)), address])

export const signTyped = (wallet: Wallet, address: string, typed: object): Promise<string> =>
  signature(wallet, 'eth_signTypedData_v4', [address, JSON.stringify(typed)])

/** Has the wallet send a transaction on that chain, and waits until it is in a block. */
export async function send(wallet: Wallet, tx: { from: string; to: string; data: string }, chainId: number): Promise<void> {
  const on = await ask(wallet, 'eth_chainId')
  if (typeof on !== 'string' || BigInt(on) !== BigInt(chainId)) {
    throw new WalletError(`Your wallet is on another chain. Switch it to chain ${chainId} and try again. Nothing was sent.`)
  }
  const hash = await ask(wallet, 'eth_sendTransaction', [tx])
  if (typeof hash !== 'string' || !/^0x[0-9a-f]{64}$/i.test(hash)) throw new WalletError('The wallet named no transaction.')
  for (let tries = 0; tries < RECEIPT_TRIES; tries++) {
    const receipt = (await ask(wallet, 'eth_getTransactionReceipt', [hash])) as { status?: string } | null
    if (receipt?.status === '0x0') throw new WalletError('The contract refused the transaction. Nothing was changed.')
    if (receipt) return
    await new Promise((done) => setTimeout(done, 1000))
  }
  throw new WalletError(`The transaction ${hash} was sent and is in no block yet. Look again later.`)
}

const RECEIPT_TRIES = 180

async function signature(wallet: Wallet, method: string, params: unknown[]): Promise<string> {
  const answer = await ask(wallet, method, params)
  if (typeof answer !== 'string' || !answer.startsWith('0x')) throw new WalletError('The wallet returned no signature.')
  return answer
}

async function ask(wallet: Wallet, method: string, params: unknown[] = []): Promise<unknown> {
  try {
    return await wallet.provider.request({ method, params })
  } catch (error) {
    throw new WalletError(reason(error), { cause: error })
  }
}

// EIP-1193's codes in plain words.
function reason(error: unknown): string {
  const { code, message } = error as { code?: number; message?: string }
  switch (code) {
    case 4001:
      return 'You declined in the wallet. Nothing was changed.'
    case 4100:
      return 'The wallet does not allow this site to use that account.'
    case 4900:
    case 4901:
      return 'The wallet is not connected.'
    case -32002:
      return 'The wallet is already waiting for you: open it and answer there.'
    default:
      return `The wallet failed: ${message ?? 'no reason given'}`
  }
}
