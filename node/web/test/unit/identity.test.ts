import * as dagCbor from '@ipld/dag-cbor'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fromHex } from '../../src/bytes.ts'
import { ed25519Name, fromBase58Key, p256DidKey } from '../../src/identity/multikey.ts'
import { didOf, networkId, readNetwork, type WellKnown } from '../../src/identity/network.ts'
import { checkOperation, plcName } from '../../src/identity/plc.ts'
import type { Value } from '../../src/record/atjson.ts'
import { base32 } from 'multiformats/bases/base32'

const record = dagCbor.decode<{ operation: { [f: string]: Value } }>(
  fromHex(readFileSync('../../identity/plc/testdata/record.hex', 'utf8').trim()),
)

test('an AT name is the hash of its operation', async () => {
  const { operation } = record
  const atName = await plcName(operation)
  assert.match(atName, /^did:plc:[a-z2-7]{24}$/)
  const known = operation['alsoKnownAs'] as string[]
  const did = known.find((k) => k.startsWith('did:ethr:'))!
  const handle = known.find((k) => k.startsWith('at://'))!.slice(5)
  const rotationKey = (operation['rotationKeys'] as string[])[0]!
  await checkOperation(operation, { atName, did, handle, rotationKey })

  const refused = (change: object, words: RegExp) =>
    assert.rejects(checkOperation(operation, { atName, did, handle, rotationKey, ...change }), words)
  await refused({ did: did.slice(0, -1) + (did.endsWith('0') ? '1' : '0') }, /point back/)
  await refused({ handle: 'mallory.example' }, /another handle/)
  await refused({ rotationKey: 'did:key:zDnaOther' }, /recovery key/)
  await refused({ atName: 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa' }, /not the hash/)
})

// Source: audit logs of did-method-plc (see identity/plc/testdata/README.md).
test('published genesis operations hash to their names', async () => {
  const path = '../../identity/plc/testdata/did-plc/valid'
  const { readdirSync } = await import('node:fs')
  let seen = 0
  for (const name of readdirSync(path)) {
    const log = JSON.parse(readFileSync(`${path}/${name}`, 'utf8')) as { did: string; operation: Value }[]
    assert.equal(await plcName(log[0]!.operation), log[0]!.did, name)
    seen++
  }
  assert.ok(seen > 0)
})

test('keys have the names that others give them', async () => {
  const zero = new Uint8Array(32)
  assert.match(ed25519Name(zero), /^z6Mk/)
  assert.deepEqual(fromBase58Key(ed25519Name(zero)), zero)
  assert.throws(() => fromBase58Key('zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169'))
  // did:key test vector: the P-256 generator's private key 1 (W3C did:key, multicodec p256-pub)
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  const point = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
  assert.match(p256DidKey(point), /^did:key:zDn/)
})

test('a network is what its chain makes it', async () => {
  const genesis = '0x' + '11'.repeat(32)
  const identityRegistry = '0x' + '22'.repeat(20)
  const network = base32.baseEncode(await networkId(1337, fromHex(genesis), fromHex(identityRegistry)))
  const known: WellKnown = {
    network,
    chain: { id: 1337, genesis, contracts: { identityRegistry } },
    server: { id: 1, domain: 'example.org' },
  }
  assert.equal((await readNetwork(known)).chainId, 1337)
  await assert.rejects(readNetwork({ ...known, chain: { ...known.chain, id: 1338 } }), /does not follow/)
  assert.equal(didOf(1337, '0xAbC' + '0'.repeat(37)), 'did:ethr:0x539:0xabc' + '0'.repeat(37))
})
