// What a wallet is asked to sign on-chain, in plain words. The page knows every
// operation it offers, down to the types; whatever it doesn't know, or that says
// something else than the person was told, never reaches the wallet.
// contracts/src/IIdentityRegistry.sol is the source of the types.

import { base58btc } from 'multiformats/bases/base58'
import { equal, fromHex } from '../bytes.ts'
import type { Network } from '../identity/network.ts'
import { ed25519Multikey } from '../identity/multikey.ts'

export interface TypedData {
  domain: { name?: unknown; version?: unknown; chainId?: unknown; verifyingContract?: unknown }
  types: Record<string, { name: string; type: string }[]>
  primaryType: string
  message: Record<string, unknown>
}

/** What the page asked the server to prepare. */
export interface Wanted {
  operation: 'enrol' | 'addKey' | 'revokeKey'
  address: string
  /** The address that names the identity, if that isn't the wallet's own. */
  identity?: string
  /** The raw Ed25519 key that the operation is about. */
  key: Uint8Array
}

export interface Explained {
  /** What it does, in plain words. */
  lines: string[]
  /** What goes to the wallet: made anew of what was checked, so that nothing else rides along. */
  typed: TypedData
}

const TYPES: Record<Wanted['operation'], [primary: string, list: string]> = {
  enrol: [
    'Enrol',
    'address identity,bytes32 key,uint8 purpose,uint64 expiry,bytes32 hostedKey,uint64 hostedExpiry,' +
      'uint256 server,uint256 nonce,uint256 deadline',
  ],
  addKey: [
    'AddKey',
    'address identity,bytes32 key,uint8 purpose,uint64 expiry,uint256 nonce,uint256 deadline',
  ],
  revokeKey: ['RevokeKey', 'address identity,bytes32 key,uint256 nonce,uint256 deadline'],
}

const DEVICE = 1n

/** Throws unless the typed data is exactly what was asked for on this network; otherwise says what it does. */
export function explain(typed: TypedData, want: Wanted, network: Network): Explained {
  checkDomain(typed, network)
  checkTypes(typed, want)
  const m = typed.message
  if (String(m['identity']).toLowerCase() !== (want.identity ?? want.address).toLowerCase()) throw refuse('it is about another identity')
  if (!equal(fromHex(String(m['key'])), want.key)) throw refuse('it is about another key')
  return { lines: tell(m, want, network), typed: distil(typed) }
}

function tell(m: Record<string, unknown>, want: Wanted, network: Network): string[] {
  switch (want.operation) {
    case 'enrol':
      return [...device(m), ...home(m, network), ...hosted(m, network)]
    case 'addKey':
      return device(m)
    case 'revokeKey':
      return [`End the key ${shortKey(m['key'])} for ever. It can never be authorised again.`]
  }
}

const DOMAIN = fields('string name,string version,uint256 chainId,address verifyingContract')

function fields(list: string): { name: string; type: string }[] {
  return list.split(',').map((field) => {
    const [type, name] = field.split(' ') as [string, string]
    return { name, type }
  })
}

export function distil({ domain, types, primaryType, message }: TypedData): TypedData {
  const primary = types[primaryType] ?? []
  const { name, version, chainId, verifyingContract } = domain
  return {
    domain: { name, version, chainId, verifyingContract },
    types: { EIP712Domain: DOMAIN, [primaryType]: primary.map(({ name, type }) => ({ name, type })) },
    primaryType,
    message: Object.fromEntries(primary.map((f) => [f.name, message[f.name]])),
  }
}

export function checkDomain({ domain }: TypedData, network: Network): void {
  if (domain.name !== 'MetaNet Identity' || domain.version !== '1') throw refuse('it is not for MetaNet identities')
  if (number(domain.chainId) !== BigInt(network.chainId)) throw refuse('it is for another chain')
  if (String(domain.verifyingContract).toLowerCase() !== network.identityRegistry) {
    throw refuse('it is for another contract')
  }
}

function checkTypes(typed: TypedData, want: Wanted): void {
  const [primary, list] = TYPES[want.operation]
  const found = (typed.types[typed.primaryType] ?? []).map((f) => `${f.type} ${f.name}`).join(',')
  if (typed.primaryType !== primary || found !== list) throw refuse('it does something else than you asked for')
}

function device(m: Record<string, unknown>): string[] {
  if (number(m['purpose']) !== DEVICE) throw refuse('it gives this browser’s key another purpose')
  return [`Let this browser sign what you post, with its own key ${shortKey(m['key'])}, ${until(m['expiry'])}.`]
}

function home(m: Record<string, unknown>, network: Network): string[] {
  if (number(m['server']) !== BigInt(network.server.id)) throw refuse('it names another home server')
  return [`Make ${network.server.domain} your home server. You can move later.`]
}

function hosted(m: Record<string, unknown>, network: Network): string[] {
  if (number(m['hostedKey']) === 0n) return []
  return [
    `Let ${network.server.domain} sign for apps that cannot sign themselves, with the key ${shortKey(m['hostedKey'])}, ` +
      `${until(m['hostedExpiry'])}. It ends when you move away or revoke it.`,
  ]
}

function until(expiry: unknown): string {
  const seconds = number(expiry)
  if (seconds === 0n || seconds > 8_640_000_000_000n) return 'until you revoke it'
  const day = new Date(Number(seconds) * 1000).toLocaleDateString('en-GB', { dateStyle: 'long' })
  return `until ${day}`
}

export function shortKey(bytes32: unknown): string {
  const name = base58btc.encode(ed25519Multikey(fromHex(String(bytes32))))
  return `${name.slice(0, 8)}…${name.slice(-6)}`
}

// EIP-712 JSON carries numbers as numbers, decimal or hexadecimal text.
export function number(v: unknown): bigint {
  if (typeof v !== 'number' && typeof v !== 'string') throw refuse('it lacks a number')
  try {
    return BigInt(v)
  } catch {
    throw refuse('it holds a malformed number')
  }
}

export const refuse = (why: string): Error =>
  new Error(`The server asked your wallet for the wrong thing: ${why}. It was not sent to the wallet.`)
