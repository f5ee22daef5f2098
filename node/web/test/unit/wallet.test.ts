import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Network } from '../../src/identity/network.ts'
import { toHex } from '../../src/bytes.ts'
import { checkSignIn } from '../../src/wallet/siwe.ts'
import { explain, type TypedData, type Wanted } from '../../src/wallet/typed.ts'

const address = '0x' + 'ab'.repeat(20)
const did = `did:ethr:0x539:${address}`
const here = { origin: 'http://127.0.0.1:8080', host: '127.0.0.1:8080', address, chainId: 1337, did, now: new Date('2026-01-01T00:00:00Z') }

const message = (change: Record<string, string> = {}) => {
  const m = { domain: here.host, address, uri: here.origin, chain: '1337', until: '2026-01-01T00:10:00Z', resource: did, ...change }
  return `${m.domain} wants you to sign in with your Ethereum account:
${m.address}

Sign in to MetaNet.

URI: ${m.uri}
Version: 1
Chain ID: ${m.chain}
Nonce: abcdefgh12345678
Issued At: 2026-01-01T00:00:00Z
Expiration Time: ${m.until}
Resources:
- ${m.resource}`
}

test('a message for here and now passes, any other does not', () => {
  checkSignIn(message(), here)
  const bad: [Record<string, string>, RegExp][] = [
    [{ domain: 'evil.example' }, /you are at 127/],
    [{ uri: 'http://127.0.0.1:8081' }, /you are at http/],
    [{ uri: 'http://127.0.0.1:8080.evil.example' }, /you are at http/],
    [{ address: '0x' + 'cd'.repeat(20) }, /another account/],
    [{ chain: '1' }, /another chain/],
    [{ until: '2025-12-31T23:59:59Z' }, /too old/],
    [{ until: 'soon' }, /too old/],
    [{ resource: 'did:ethr:0x539:0x' + 'cd'.repeat(20) }, /your identity/],
  ]
  for (const [change, words] of bad) assert.throws(() => checkSignIn(message(change), here), words)
  assert.throws(() => checkSignIn('Pay 1 ETH', here), /not a sign-in/)
})

const network: Network = {
  id: new Uint8Array(32),
  chainId: 1337,
  identityRegistry: '0x' + '22'.repeat(20),
  server: { id: 1, domain: 'example.org' },
}
const key = new Uint8Array(32).fill(5)
const want: Wanted = { operation: 'enrol', address, key }

const fields = (text: string) => text.split(',').map((f) => ({ type: f.split(' ')[0]!, name: f.split(' ')[1]! }))

function typed(change: Partial<TypedData> = {}, message: Record<string, unknown> = {}): TypedData {
  return {
    domain: { name: 'MetaNet Identity', version: '1', chainId: '0x539', verifyingContract: network.identityRegistry },
    types: {
      Enrol: fields('address identity,bytes32 key,uint8 purpose,uint64 expiry,bytes32 hostedKey,uint64 hostedExpiry,uint256 server,uint256 nonce,uint256 deadline'),
      RevokeKey: fields('address identity,bytes32 key,uint256 nonce,uint256 deadline'),
    },
    primaryType: 'Enrol',
    message: {
      identity: address, key: '0x' + toHex(key), purpose: '1', expiry: '1800000000',
      hostedKey: '0x' + '06'.repeat(32), hostedExpiry: '1800000000', server: '1', nonce: '0', deadline: '1767225600', ...message,
    },
    ...change,
  }
}

test('typed data is told in plain words', () => {
  const { lines } = explain(typed(), want, network)
  assert.equal(lines.length, 3)
  assert.match(lines[0]!, /this browser sign .* until 15 January 2027/)
  assert.match(lines[1]!, /example\.org your home server/)
  assert.match(lines[2]!, /example\.org sign for apps/)
  assert.equal(explain(typed({}, { hostedKey: '0x' + '00'.repeat(32) }), want, network).lines.length, 2)
})

test('only what was checked goes to the wallet', () => {
  const data = typed({}, { extra: 'unseen' })
  data.types['Permit'] = fields('address spender')
  ;(data.domain as Record<string, unknown>)['salt'] = ''
  const sent = explain(data, want, network).typed
  assert.deepEqual(Object.keys(sent.types).sort(), ['EIP712Domain', 'Enrol'])
  assert.deepEqual(Object.keys(sent.domain), ['name', 'version', 'chainId', 'verifyingContract'])
  assert.equal('extra' in sent.message, false)
})

test('typed data that does something else never reaches the wallet', () => {
  const { domain } = typed()
  const bad: [TypedData, RegExp][] = [
    [typed({}, { identity: '0x' + 'cd'.repeat(20) }), /another identity/],
    [typed({}, { key: '0x' + '09'.repeat(32) }), /another key/],
    [typed({}, { purpose: '2' }), /another purpose/],
    [typed({}, { server: '2' }), /another home server/],
    [typed({}, { server: 'x' }), /malformed/],
    [typed({ primaryType: 'RevokeKey' }), /something else/],
    [typed({ primaryType: 'ChangeOwner' }), /something else/],
    [typed({ domain: { ...domain, chainId: 1 } }), /another chain/],
    [typed({ domain: { ...domain, verifyingContract: '0x' + '33'.repeat(20) } }), /another contract/],
    [typed({ domain: { ...domain, name: 'Permit2' } }), /not for MetaNet/],
  ]
  for (const [data, words] of bad) assert.throws(() => explain(data, want, network), words)
})
