// What a person can order for their identity, beyond signing in: each operation's
// EIP-712 type and contract call, known to the page itself. A server's typed data
// reaches the wallet only if it is the order to the last argument; a transaction's
// bytes are made here and never a server's.
// contracts/src/IIdentityRegistry.sol is the source of both.

import { fromHex, toHex } from '../bytes.ts'
import type { Network } from '../identity/network.ts'
import { checkDomain, distil, number, refuse, type TypedData } from './typed.ts'

export type Operation =
  | 'enrol' | 'renewKey' | 'revokeKey' | 'revokeAllKeys' | 'setHome' | 'skipNonce'
  | 'changeOwner' | 'setRecovery' | 'deactivate' | 'cancelChange' | 'cancelRecovery'

export interface Order {
  operation: Operation
  /** Address of the identity. */
  identity: string
  /** The other arguments, by name: hexadecimal text, or a number. */
  args: Record<string, string | bigint>
}

interface Form {
  selector: string
  /** The arguments between identity and nonce, as the wallet signs them. */
  fields: string
  /** Arguments that are signed and not part of the direct call. */
  signedOnly?: string
}

// The selectors are the first four bytes of keccak256(name(types)); a unit test computes them again.
export const FORMS: Record<Operation, Form> = {
  enrol: { selector: '0af36762', fields: 'bytes32 key,uint8 purpose,uint64 expiry,bytes32 hostedKey,uint64 hostedExpiry,uint256 server' },
  renewKey: { selector: '0c333517', fields: 'bytes32 key,uint64 expiry' },
  revokeKey: { selector: '3cf26a01', fields: 'bytes32 key' },
  revokeAllKeys: { selector: '8dc0fb30', fields: '' },
  setHome: { selector: '8c3b688d', fields: 'uint256 server' },
  skipNonce: { selector: 'e981a69b', fields: '' },
  changeOwner: { selector: 'f00d4b5d', fields: 'address newOwner' },
  setRecovery: { selector: 'c8fc373f', fields: 'address recovery' },
  deactivate: { selector: '3ea053eb', fields: '' },
  cancelChange: { selector: '70eeb80d', fields: 'address signer', signedOnly: 'signer' },
  cancelRecovery: { selector: 'c90db447', fields: 'address signer', signedOnly: 'signer' },
}

/** A signature that stays good longer could be used when it is no longer meant. */
const LONGEST_SECONDS = 3n * 3600n

/** Throws unless the typed data is exactly the order; otherwise answers what goes to the wallet. */
export function checkOrder(typed: TypedData, order: Order, network: Network, now: Date): TypedData {
  checkDomain(typed, network)
  const primary = order.operation[0]!.toUpperCase() + order.operation.slice(1)
  const want = ['address identity', ...split(FORMS[order.operation].fields), 'uint256 nonce', 'uint256 deadline'].join()
  const found = (typed.types[typed.primaryType] ?? []).map((f) => `${f.type} ${f.name}`).join()
  if (typed.primaryType !== primary || found !== want) throw refuse('it does something else than you asked for')
  const m = typed.message
  if (String(m['identity']).toLowerCase() !== order.identity.toLowerCase()) throw refuse('it is about another identity')
  for (const field of split(FORMS[order.operation].fields)) {
    const [type, name] = field.split(' ') as [string, string]
    if (word(type, text(m[name])) !== word(type, order.args[name] ?? '0x')) throw refuse(`its ${name} is not what you asked for`)
  }
  if (number(m['deadline']) > BigInt(Math.floor(now.getTime() / 1000)) + LONGEST_SECONDS) throw refuse('it would stay good for too long')
  return distil(typed)
}

/** The bytes of the transaction that does it, to the registry. */
export function calldata(order: Order): string {
  const { selector, fields, signedOnly } = FORMS[order.operation]
  const words = split(fields)
    .map((field) => field.split(' ') as [string, string])
    .filter(([, name]) => name !== signedOnly)
    .map(([type, name]) => word(type, order.args[name] ?? '0x'))
  return '0x' + selector + [word('address', order.identity), ...words].join('')
}

const split = (fields: string): string[] => (fields ? fields.split(',') : [])

const text = (v: unknown): string | bigint => (typeof v === 'number' ? BigInt(v) : String(v))

/** One 32-byte word of ABI encoding, in hexadecimal digits. */
function word(type: string, value: string | bigint): string {
  if (type.startsWith('uint')) {
    const n = number(typeof value === 'bigint' ? value.toString() : value)
    if (n < 0n || n >= 1n << BigInt(type.slice(4))) throw refuse('it holds a number that does not fit')
    return n.toString(16).padStart(64, '0')
  }
  const bytes = fromHex(String(value))
  const size = type === 'address' ? 20 : 32
  if (bytes.length !== size) throw refuse('it holds an argument of the wrong size')
  return toHex(bytes).padStart(64, '0')
}
