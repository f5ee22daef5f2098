import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fromHex } from '../../src/bytes.ts'
import { goodKey, verify } from '../../src/identity/ed25519.ts'

const read = (name: string) => JSON.parse(readFileSync(`../../identity/testdata/${name}`, 'utf8'))

// The verdicts are those of identity/verify_test.go: the browser and the node draw the same line.
test('the twelve edge cases of "Taming the many EdDSAs"', async () => {
  const cases = read('speccheck.json') as { message: string; pub_key: string; signature: string }[]
  const got = await Promise.all(cases.map((c) => verify(fromHex(c.pub_key), fromHex(c.message), fromHex(c.signature))))
  assert.deepEqual(got, [false, false, true, true, true, true, false, false, false, false, false, false])
  assert.deepEqual(
    cases.map((c) => goodKey(fromHex(c.pub_key))),
    [false, false, true, true, true, true, true, true, true, true, false, false],
  )
})

test("Wycheproof's signatures", async () => {
  interface Group {
    pk: string
    tests: { tcId: number; msg: string; sig: string; result: string }[]
  }
  const file = read('wycheproof_eddsa.json') as { numberOfTests: number; testGroups: Group[] }
  let ran = 0
  for (const group of file.testGroups) {
    for (const c of group.tests) {
      assert.equal(await verify(fromHex(group.pk), fromHex(c.msg), fromHex(c.sig)), c.result === 'valid', `case ${c.tcId}`)
      ran++
    }
  }
  assert.equal(ran, file.numberOfTests)
})

test('what WebCrypto signs is taken, and nothing near it', async () => {
  const pair = (await crypto.subtle.generateKey({ name: 'Ed25519' }, true, ['sign', 'verify'])) as CryptoKeyPair
  const key = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
  const message = fromHex('00ff10')
  const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, message))
  assert.ok(goodKey(key))
  assert.ok(await verify(key, message, signature))
  for (const at of [0, 31, 32, 63]) {
    const bent = signature.slice()
    bent[at]! ^= 1
    assert.equal(await verify(key, message, bent), false, `byte ${at}`)
  }
  assert.equal(await verify(key, fromHex('00ff11'), signature), false)
  assert.equal(await verify(key, message, signature.subarray(1)), false)
})

test('keys of small order, of two spellings, and of no point are nobody’s', () => {
  for (const hex of [
    '0100000000000000000000000000000000000000000000000000000000000000', // the neutral element
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', // order 2
    '0000000000000000000000000000000000000000000000000000000000000000', // order 4
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', // order 8
    '0100000000000000000000000000000000000000000000000000000000000080', // x = 0 with a sign
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', // y = p + 1
    '0200000000000000000000000000000000000000000000000000000000000000', // not on the curve
  ]) {
    assert.equal(goodKey(fromHex(hex)), false, hex)
  }
  assert.equal(goodKey(new Uint8Array(31)), false)
})
