import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeFunctionData, toFunctionSelector, type Abi } from 'viem'
import { calldata, checkOrder, FORMS, type Operation, type Order } from '../../src/wallet/orders.ts'
import type { Network } from '../../src/identity/network.ts'
import { endsSoon, left, warnings } from '../../src/ui/pending.ts'
import { readFileSync } from 'node:fs'

const { abi } = JSON.parse(readFileSync('../../contracts/artifacts/IdentityRegistry.json', 'utf8')) as { abi: Abi }
const identity = '0x' + '11'.repeat(20)
const other = '0x' + '22'.repeat(20)
const key = '0x' + '33'.repeat(32)
const registry = '0x7c5f0faef6335cff228b45453c94834216915645'
const network: Network = { id: new Uint8Array(32), chainId: 31337, identityRegistry: registry, server: { id: 1, domain: 'example.org' } }
const now = new Date('2026-01-02T03:00:00Z')

const ARGS: Record<Operation, Order['args']> = {
  enrol: { key, purpose: 2n, expiry: 1798858800n, hostedKey: '0x' + '00'.repeat(32), hostedExpiry: 0n, server: 7n },
  renewKey: { key, expiry: 1798858800n },
  revokeKey: { key },
  revokeAllKeys: {},
  setHome: { server: 7n },
  skipNonce: {},
  changeOwner: { newOwner: other },
  setRecovery: { recovery: other },
  deactivate: {},
  cancelChange: { signer: identity },
  cancelRecovery: { signer: identity },
}

// The calldata that the page makes by itself is what viem makes of the compiler's ABI.
test('every transaction is what the contract expects', () => {
  for (const operation of Object.keys(FORMS) as Operation[]) {
    const fn = abi.find((item) => item.type === 'function' && item.name === operation)
    assert.ok(fn && fn.type === 'function', operation)
    assert.equal('0x' + FORMS[operation].selector, toFunctionSelector(fn))
    const args = [identity, ...fn.inputs.slice(1).map((i) => ARGS[operation][i.name!])]
    const numbers = args.map((a, i) => (/^uint(8|16|32)$/.test(fn.inputs[i]!.type) ? Number(a) : a))
    assert.equal(calldata({ operation, identity, args: ARGS[operation] }), encodeFunctionData({ abi, functionName: operation, args: numbers }))
  }
})

function typedOf(operation: Operation, change: (t: ReturnType<typeof make>) => void = () => undefined) {
  const typed = make(operation)
  change(typed)
  return typed
}

function make(operation: Operation) {
  const primaryType = operation[0]!.toUpperCase() + operation.slice(1)
  const fields = ('address identity,' + (FORMS[operation].fields && FORMS[operation].fields + ',') + 'uint256 nonce,uint256 deadline').split(',').map((f) => {
    const [type, name] = f.split(' ') as [string, string]
    return { name, type }
  })
  const args = Object.fromEntries(Object.entries(ARGS[operation]).map(([k, v]) => [k, String(v)]))
  return {
    domain: { name: 'MetaNet Identity', version: '1', chainId: '0x7a69', verifyingContract: registry } as Record<string, unknown>,
    types: { [primaryType]: fields } as Record<string, { name: string; type: string }[]>,
    primaryType,
    message: { identity, ...args, nonce: '3', deadline: String(Math.floor(now.getTime() / 1000) + 3600) } as Record<string, unknown>,
  }
}

test('what was ordered is signed, for every operation', () => {
  for (const operation of Object.keys(FORMS) as Operation[]) {
    const sent = checkOrder(typedOf(operation), { operation, identity, args: ARGS[operation] }, network, now)
    assert.equal(sent.primaryType, make(operation).primaryType)
    assert.deepEqual(Object.keys(sent.types).sort(), ['EIP712Domain', make(operation).primaryType].sort())
  }
})

test('what was not ordered never reaches the wallet', () => {
  const order: Order = { operation: 'setRecovery', identity, args: { recovery: other } }
  const bad: [string, (t: ReturnType<typeof make>) => void][] = [
    ['another recovery address', (t) => (t.message['recovery'] = '0x' + '44'.repeat(20))],
    ['a cut address', (t) => (t.message['recovery'] = '0x22')],
    ['another identity', (t) => (t.message['identity'] = other)],
    ['another chain', (t) => (t.domain['chainId'] = '0x1')],
    ['another contract', (t) => (t.domain['verifyingContract'] = other)],
    ['a signature good for days', (t) => (t.message['deadline'] = String(Math.floor(now.getTime() / 1000) + 86_400 * 3))],
    ['another type', (t) => (t.types['SetRecovery']![1]!.type = 'uint256')],
  ]
  for (const [what, change] of bad) assert.throws(() => checkOrder(typedOf('setRecovery', change), order, network, now), /wrong thing/, what)
  assert.throws(() => checkOrder(typedOf('changeOwner'), order, network, now), /something else/)
})

test('the time left is told in words', () => {
  const at = (readyAt: string, due = false) => left({ readyAt, due }, now.getTime())
  assert.equal(at('2026-01-05T03:00:00Z'), 'in 3 days and 0 hours')
  assert.equal(at('2026-01-02T09:00:00Z'), 'in 6 hours')
  assert.equal(at('2026-01-02T03:30:00Z'), 'in 30 minutes')
  assert.equal(at('2026-01-02T03:30:00Z', true), 'at any moment now')
})

test('a takeover that cannot be cancelled offers no button', () => {
  const who = (cancellable: boolean) => ({
    did: `did:ethr:0x7a69:${identity}`, owner: identity, home: null, keys: [],
    pending: { recovery: { newOwner: other, readyAt: '2026-01-05T03:00:00Z', due: false, cancellable } },
  })
  assert.equal(warnings(who(true), now.getTime())[0]!.cancel, 'cancelRecovery')
  const [w] = warnings(who(false), now.getTime())
  assert.equal(w!.cancel, undefined)
  assert.match(w!.text, /cannot any more/)
})

test('a key that ends soon is warned of, and one that ended is not', () => {
  const key = (status: string, days: number) => ({
    key: 'z6Mk', purpose: 'device', addedAt: now.toISOString(), status, expiresAt: new Date(now.getTime() + days * 86_400_000).toISOString(),
  })
  assert.equal(endsSoon(key('live', 20), now.getTime()), true)
  assert.equal(endsSoon(key('live', 22), now.getTime()), false, 'keys that the server renews itself have 30 days')
  assert.equal(endsSoon(key('ended', 20), now.getTime()), false)
  const who = { did: 'did:ethr:0x1:' + identity, owner: identity, home: null, keys: [key('live', 1), key('live', 300)] }
  assert.match(warnings(who, now.getTime())[0]!.title, /One of your keys ends soon/)
})
