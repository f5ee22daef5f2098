import * as dagCbor from '@ipld/dag-cbor'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { CID } from 'multiformats/cid'
import { fromHex, toHex, utf8 } from '../../src/bytes.ts'
import { seal, signingBytes } from '../../src/record/envelope.ts'
import { ed25519Name } from '../../src/identity/multikey.ts'
import { fromAtJson } from '../../src/record/atjson.ts'
import { countGraphemes, findFacets, shorten } from '../../src/record/text.ts'
import { formatTid, TidClock, tidMicros } from '../../src/record/tid.ts'
import { like, post } from '../../src/record/values.ts'

// The tests are bundled elsewhere, so paths start where run.sh runs: node/web.
const vectors = '../../content/record/testdata'

test('sealed records verify, and say what was to be said', async () => {
  const pair = (await crypto.subtle.generateKey({ name: 'Ed25519' }, false, ['sign', 'verify'])) as CryptoKeyPair
  const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
  const sign = async (m: Uint8Array<ArrayBuffer>) => new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, m))
  const network = new Uint8Array(32).fill(7)
  const value = { $type: 'app.bsky.feed.post', text: 'héllo' }
  const bundle = await seal(network, { did: 'did:ethr:0x1:0x' + '00'.repeat(20), path: 'app.bsky.feed.post/1', rev: '3l2aaaaaaaa22', value }, { publicKey, sign })

  const [envelope, valueBytes] = dagCbor.decode<[Record<string, unknown>, Uint8Array]>(bundle.bytes)
  assert.deepEqual(Object.keys(envelope), ['v', 'cid', 'did', 'key', 'rev', 'sig', 'path'])
  assert.deepEqual(dagCbor.decode(valueBytes), value)
  assert.ok((envelope['cid'] as CID).equals(bundle.cid))
  const { sig, ...unsigned } = envelope
  const message = signingBytes(network, unsigned)
  assert.ok(await crypto.subtle.verify('Ed25519', pair.publicKey, sig as Uint8Array<ArrayBuffer>, message))
  assert.equal(toHex(message.slice(0, 18 + 32)), toHex(utf8('metanet/record/v1\n')) + '07'.repeat(32))
})

interface Golden {
  name: string
  seed: string
  key: string
  network: string
  did: string
  path: string
  rev: string
  value: unknown
  valueCID: string
  signed: string
  id: string
  bundle: string
}

// The golden records that the Go implementation is held to: the same key, value
// and rev must give the same bytes here. Ed25519 signatures are deterministic.
test('golden records', async (t) => {
  const goldens = JSON.parse(readFileSync(`${vectors}/golden.json`, 'utf8')) as Golden[]
  assert.ok(goldens.length > 0)
  for (const g of goldens) {
    await t.test(g.name, async () => {
      const signer = await seeded(g.seed)
      assert.equal(ed25519Name(signer.publicKey), g.key)
      const unsigned = { did: g.did, path: g.path, rev: g.rev, value: fromAtJson(g.value) }
      const bundle = await seal(fromHex(g.network), unsigned, signer)
      assert.equal(toHex(signer.signed[0]!), g.signed)
      assert.equal(toHex(bundle.bytes), g.bundle)
      assert.equal(bundle.id.toString(), g.id)
      assert.equal(bundle.cid?.toString() ?? '', g.valueCID)
    })
  }
})

/** A key from its seed, by the fixed PKCS #8 head of RFC 8410. */
async function seeded(seed: string) {
  const pkcs8 = fromHex('302e020100300506032b657004220420' + seed)
  const key = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', true, ['sign'])
  const signed: Uint8Array[] = []
  const { x } = await crypto.subtle.exportKey('jwk', key)
  return {
    publicKey: new Uint8Array(Buffer.from(x!, 'base64url')),
    signed,
    sign: async (m: Uint8Array<ArrayBuffer>) => {
      signed.push(m)
      return new Uint8Array(await crypto.subtle.sign('Ed25519', key, m))
    },
  }
}

// Source: the interoperability fixtures that the Go side is held to as well.
test('AT data model fixtures encode to their CBOR', () => {
  const fixtures = JSON.parse(readFileSync(`${vectors}/data-model/data-model-fixtures.json`, 'utf8')) as { json: unknown; cbor_base64: string }[]
  assert.ok(fixtures.length > 0)
  for (const f of fixtures) {
    const bytes = dagCbor.encode(fromAtJson(f.json))
    assert.equal(Buffer.from(bytes).toString('base64').replace(/=+$/, ''), f.cbor_base64.replace(/=+$/, ''))
  }
})

test('TIDs', () => {
  const valid = readFileSync(`${vectors}/syntax/tid_syntax_valid.txt`, 'utf8').split('\n').filter((l) => l && !l.startsWith('#'))
  assert.ok(valid.length > 0)
  for (const tid of valid) assert.equal(formatTid(tidMicros(tid), clockOf(tid)), tid)
  assert.equal(formatTid(0, 0), '2222222222222')
})

function clockOf(tid: string): number {
  const alphabet = '234567abcdefghijklmnopqrstuvwxyz'
  return ((alphabet.indexOf(tid[11]!) << 5) | alphabet.indexOf(tid[12]!)) & 1023
}

test('the clock never repeats itself nor goes back', () => {
  let now = 1_000_000
  const clock = new TidClock(() => now)
  const seen = [clock.next(), clock.next()]
  now -= 500
  seen.push(clock.next())
  assert.deepEqual([...seen].sort(), seen)
  assert.equal(new Set(seen).size, 3)
})

test('text is counted in graphemes and shortened between them', () => {
  assert.equal(countGraphemes('👩‍👩‍👧é'), 2)
  const family = '👩‍👩‍👧'
  assert.equal(shorten(family.repeat(10)), family.repeat(10))
  const long = 'word '.repeat(100)
  assert.equal(countGraphemes(shorten(long)) <= 300, true)
  assert.ok(shorten(long).endsWith('word…'))
  const heavy = family.repeat(200) // few graphemes, many bytes
  assert.ok(utf8(shorten(heavy)).length <= 3000)
  assert.ok(heavy.startsWith(shorten(heavy).slice(0, -1)))
})

test('facets are byte ranges, and only of what is there', async () => {
  const text = 'héé @alice.example.org see (https://example.org/a_(b)), #täg! @nobody.example #1 https://x.org/.'
  const resolve = async (h: string) => (h === 'alice.example.org' ? 'did:plc:abc' : undefined)
  const found = (await findFacets(text, resolve)).map((f) => [
    Buffer.from(utf8(text)).subarray(f.index.byteStart, f.index.byteEnd).toString(),
    f.features[0]!.$type.split('#')[1],
  ])
  assert.deepEqual(found, [
    ['@alice.example.org', 'mention'],
    ['https://example.org/a_(b)', 'link'],
    ['#täg', 'tag'],
    ['https://x.org/', 'link'],
  ])
})

test('values carry a salt, and a long text as a whole', () => {
  const now = new Date('2026-01-02T03:04:05.678Z')
  const long = 'x'.repeat(301)
  const value = post({ text: long, facets: [], langs: ['en'], pictures: [] }, now)
  assert.equal(value['net.metanet.fullText'], long)
  assert.equal(countGraphemes(value['text'] as string), 300)
  assert.equal(value['createdAt'], '2026-01-02T03:04:05.678Z')
  assert.equal((value['net.metanet.salt'] as Uint8Array).length, 16)
  const at = (byteStart: number, byteEnd: number) => ({ index: { byteStart, byteEnd }, features: [] })
  const cut = post({ text: long, facets: [at(0, 4), at(297, 301)], langs: ['en'], pictures: [] }, now)
  assert.deepEqual(cut['facets'], [at(0, 4)], 'facets end where the shortened text does')
  const subject = { uri: 'at://did:plc:abc/app.bsky.feed.post/1', cid: 'bafy' }
  assert.notDeepEqual(like(subject, now), like(subject, now))
})
