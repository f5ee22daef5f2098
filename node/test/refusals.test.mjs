// Bad input, from every side: each is refused with a clear error and changes
// nothing. What "nothing" means is measured: the store's last change, the chain's
// nonce of the identity, the number of policies.
import assert from 'node:assert/strict'
import { randomBytes, randomInt } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { createPublicClient, http } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { contract } from './lib/contracts.mjs'
import { deadPort, liar } from './lib/liar.mjs'
import { Person, signTyped } from './lib/person.mjs'
import { picture } from './lib/picture.mjs'
import { Node, metanet, scratch } from './lib/process.mjs'
import { cidAt, getRecord } from './lib/reads.mjs'
import { DeviceKey, RAW, authored, cidOf, decode, encode, formatTid, rotationKey, seal, tid } from './lib/record.mjs'
import { each, story } from './lib/story.mjs'
import { eventually } from './lib/until.mjs'
import { patiently, procedure, query, refused, upload } from './lib/xrpc.mjs'

let a, b, poor, other
let alice, bob
let chain, registries

const step = story(() => [a, b, poor, other])

/** What may not change by whatever is refused. */
async function world() {
  const [status, about] = [await a.status(), await a.about()]
  const nonces = await Promise.all([alice, bob].map((p) => p && registries.identity('nonce', p.wallet.address)))
  return { sequence: status.sequence, policies: about.policy, nonces: nonces.map(String) }
}

/** Runs work and wants nothing to have changed by it. */
async function unchanged(work) {
  const before = await world()
  await work()
  assert.deepEqual(await world(), before, 'nothing has changed')
}

/** One subtest for each row, and nothing changed by all of them. */
const table = (t, rows, run) => unchanged(() => each(t, rows, run))

step('a node and two people', async () => {
  a = await Node.up('a')
  const about = await a.about()
  chain = createPublicClient({ transport: http(about.chain.rpc) })
  registries = await contract(chain, about.chain.contracts)
  alice = await new Person('alice', a).arrive()
  bob = await new Person('bobby', a).arrive()
})

step('sign-in: altered messages and signatures', async (t) => {
  const { message } = await alice.challenge()
  const signature = await alice.wallet.signMessage({ message })
  const stranger = privateKeyToAccount(generatePrivateKey())
  const signIn = (message, signature) => procedure(a.url, 'net.metanet.auth.signIn', { message, signature })
  const host = new URL(a.url).host
  const change = (from, to) => {
    const altered = message.replaceAll(from, to)
    assert.notEqual(altered, message, `${from} is in the message`)
    return altered
  }
  const later = new Date(Date.now() + 3 * 3600_000).toISOString()
  const field = (name) => new RegExp(`(?<=^${name}: ).*$`, 'm').exec(message)[0]
  const nonce = field('Nonce')
  const otherNonce = nonce.slice(0, -1) + (nonce.endsWith('a') ? 'b' : 'a')
  const signed = async (message) => [message, await alice.wallet.signMessage({ message })]
  const rows = {
    "another wallet's signature": ['InvalidSignature', message, await stranger.signMessage({ message })],
    'a signature with a flipped bit': ['InvalidSignature', message, signature.replace(/.(?=..$)/, (c) => (c === '0' ? '1' : '0'))],
    'a signature of another message': ['InvalidSignature', message, await alice.wallet.signMessage({ message: `${message} ` })],
    'no signature': ['InvalidSignature', message, '0x'],
    'not hex': ['InvalidSignature', message, 'signed, Alice'],
    'a message altered after signing': ['InvalidSignature', change('costs nothing', 'costs everything'), signature],
    'another domain': ['WrongDomain', ...(await signed(change(host, 'evil.example')))],
    'another port': ['WrongDomain', ...(await signed(change(host, '127.0.0.1:1')))],
    'a URI elsewhere': ['WrongDomain', ...(await signed(change(`URI: ${a.url}`, 'URI: https://evil.example')))],
    'another chain': ['WrongChain', ...(await signed(change(/Chain ID: \d+/g, 'Chain ID: 1')))],
    'an identity of another chain': ['WrongChain', ...(await signed(change(/did:ethr:0x[0-9a-f]+:/g, 'did:ethr:0x1:')))],
    'another nonce': ['NonceUsed', ...(await signed(change(nonce, otherNonce)))],
    "a nonce of the wallet's own": ['NonceUsed', ...(await signed(change(nonce, 'abcdefgh12345678')))],
    "another wallet's nonce": ['NonceUsed', ...(await signed(change(nonce, /^Nonce: (.*)$/m.exec((await bob.challenge()).message)[1])))],
    "somebody else's identity": ['NonceUsed', ...(await signed(change(alice.did, bob.did)))],
    'another version': ['InvalidMessage', ...(await signed(change('Version: 1', 'Version: 2')))],
    'no identity': ['InvalidMessage', ...(await signed(change(/\nResources:[\s\S]*/g, '')))],
    'two identities': ['InvalidMessage', ...(await signed(`${message}\n- ${bob.did}`))],
    'valid for hours': ['InvalidMessage', ...(await signed(change(field('Expiration Time'), later)))],
    'without expiry': ['InvalidMessage', ...(await signed(change(/\nExpiration Time: .*/g, '')))],
    'expired': ['Expired', ...(await signed(change(field('Expiration Time'), '2026-01-01T00:00:00Z')))],
    'issued in the future': ['Expired', ...(await signed(change(field('Issued At'), later)))],
    'not a message': ['InvalidMessage', ...(await signed('Please let me in'))],
  }
  await table(t, rows, ([code, message, signature]) => refused(code, patiently(() => signIn(message, signature))))
  await t.test('the true one is still good, once', async () => {
    assert.equal((await patiently(() => signIn(message, signature))).did, alice.did)
    await refused('NonceUsed', patiently(() => signIn(message, signature)))
  })
})

step('handles and tokens', async (t) => {
  const eve = new Person('eve', a)
  const { message } = await eve.challenge()
  const signature = await eve.wallet.signMessage({ message })
  const signIn = (fields) => procedure(a.url, 'net.metanet.auth.signIn', { message, signature, ...fields })
  const rows = {
    'no handle': ['HandleRequired', () => signIn({})],
    'a handle that somebody has': ['HandleTaken', () => signIn({ handle: 'alice' })],
    'a handle that would mislead': ['InvalidHandle', () => signIn({ handle: 'admin' })],
    'a handle in another alphabet': ['InvalidHandle', () => signIn({ handle: 'аlice' })],
    'a handle elsewhere': ['InvalidHandle', () => signIn({ handle: 'eve.example.org' })],
    'a rotation key that is none': ['InvalidRotationKey', () => signIn({ handle: 'evelyn', rotationKey: 'did:key:zZ' })],
    'an unknown field': ['InvalidRequest', () => signIn({ handle: 'evelyn', rotaionKey: rotationKey() })],
    'no token': ['AuthRequired', () => procedure(a.url, 'net.metanet.identity.prepare', { operation: 'skipNonce' })],
    'a token that is none': ['InvalidToken', () => procedure(a.url, 'net.metanet.identity.prepare', { operation: 'skipNonce' }, 'mnat_abc')],
    'a refresh token where an access token goes': ['InvalidToken', () => procedure(a.url, 'net.metanet.auth.signOut', {}, alice.refreshToken)],
  }
  await table(t, rows, ([code, call]) => refused(code, patiently(call)))
})

step('a sign-in ends, and a refresh token is good once', async () => {
  const visit = alice.at(a)
  await patiently(() => visit.signIn())
  const timeline = (token) => query(a.url, 'app.bsky.feed.getTimeline', {}, token)
  const refresh = (token) => patiently(() => procedure(a.url, 'net.metanet.auth.refresh', undefined, token))
  const fresh = await refresh(visit.refreshToken)
  await timeline(fresh.accessToken)
  await refused('InvalidToken', refresh(visit.refreshToken))
  await refused('InvalidToken', refresh(fresh.accessToken))
  await refused('InvalidToken', timeline(fresh.refreshToken))
  await procedure(a.url, 'net.metanet.auth.signOut', undefined, fresh.accessToken)
  for (const token of [visit.token, fresh.accessToken]) await refused('InvalidToken', timeline(token))
  await refused('InvalidToken', refresh(fresh.refreshToken))
  await timeline(alice.token) // another sign-in of hers goes on
})

step('identity operations: typed data that is not what this wallet was given', async (t) => {
  const key = new DeviceKey()
  const { typedData } = await alice.prepare({ operation: 'addKey', key: key.text, purpose: 'device' })
  const good = await signTyped(alice.wallet, typedData)
  const resigned = async (alter, wallet = alice.wallet) => {
    const altered = structuredClone(typedData)
    alter(altered)
    return [altered, await signTyped(wallet, altered)]
  }
  const rows = {
    'signed by another wallet': ['InvalidSignature', typedData, await signTyped(bob.wallet, typedData)],
    'altered after signing': ['InvalidSignature', (await resigned((d) => (d.message.key = new DeviceKey().hex)))[0], good],
    'a flipped bit': ['InvalidSignature', typedData, good.replace(/^0x./, (c) => (c === '0x0' ? '0x1' : '0x0'))],
    "somebody else's identity": ['InvalidSignature', ...(await resigned((d) => (d.message.identity = bob.wallet.address)))],
    "somebody else's identity, signed by them": ['InvalidSignature', ...(await resigned((d) => (d.message.identity = bob.wallet.address), bob.wallet))],
    'another chain': ['InvalidSignature', ...(await resigned((d) => (d.domain.chainId = '0x1')))],
    'another contract': ['InvalidSignature', ...(await resigned((d) => (d.domain.verifyingContract = bob.wallet.address)))],
    'another application': ['InvalidSignature', ...(await resigned((d) => (d.domain.name = 'Some Exchange')))],
    'another type': ['InvalidSignature', ...(await resigned((d) => ((d.types.Permit = d.types.AddKey), (d.primaryType = 'Permit'))))],
    'an old nonce': ['Reverted', ...(await resigned((d) => (d.message.nonce = '0')))],
    'a deadline in the past': ['Reverted', ...(await resigned((d) => (d.message.deadline = '1')))],
    'no typed data': ['InvalidRequest', undefined, good],
  }
  await table(t, rows, ([code, data, signature]) => refused(code, alice.submit(data, signature)))
  await t.test('the true one is good, once', async () => {
    const done = await alice.submit(typedData, good)
    await unchanged(async () => assert.deepEqual(await alice.submit(typedData, good), done, 'the same again is the same transaction'))
  })
})

step('identity operations that make no sense', async (t) => {
  const rows = {
    'an operation that is none': { operation: 'becomeQueen' },
    'no operation': {},
    'a key that is none': { operation: 'addKey', key: 'z6Mkabc', purpose: 'device' },
    'a purpose that is none': { operation: 'addKey', key: new DeviceKey().text, purpose: 'fun' },
    'an expiry that has passed': { operation: 'addKey', key: new DeviceKey().text, purpose: 'device', expiresAt: '2026-01-01T00:00:00Z' },
    'a misspelt field': { operation: 'addKey', key: new DeviceKey().text, porpoise: 'device' },
  }
  await table(t, rows, (input) => refused('InvalidRequest', bob.prepare(input)))
  await t.test('a key that is known already', () => refused('Reverted', bob.prepare({ operation: 'addKey', key: bob.device.text, purpose: 'device' }), /KeyKnown/))
  await t.test('revoking a key that nobody has', () => refused('Reverted', bob.prepare({ operation: 'revokeKey', key: new DeviceKey().text }), /KeyUnknown/))
})

step('a bit flipped anywhere in a bundle', async () => {
  const { bytes } = alice.post('Every bit of this counts')
  const known = new Set(['InvalidRecord', 'ValueMismatch', 'InvalidSignature', 'NotHosted', 'WrongChain'])
  const seen = {}
  await unchanged(async () => {
    for (let i = 0; i < 200; i++) {
      const [at, bit] = [randomInt(bytes.length), randomInt(8)]
      const altered = Uint8Array.from(bytes)
      altered[at] ^= 1 << bit
      const error = await alice.send(altered).then(() => assert.fail(`bit ${bit} of byte ${at} doesn't matter`), (error) => error)
      assert.ok(known.has(error.code) && error.status >= 400 && error.status < 500, `byte ${at}, bit ${bit}: ${error.message}`)
      seen[error.code] = (seen[error.code] ?? 0) + 1
    }
  })
  console.log('flipped bits were refused as', seen)
  assert.ok(seen.InvalidSignature && seen.InvalidRecord && seen.ValueMismatch, 'the sample reached signature, structure and value')
  await alice.put({ ...alice.post('x'), ...rebuilt(bytes) }) // unflipped it is good
})

const rebuilt = (bytes) => {
  const [envelope, value] = decode(bytes)
  return { bytes, id: cidOf(encode(envelope)).toString(), cid: cidOf(value).toString() }
}

step('records that break the format, signed all the same', async (t) => {
  const thing = (value, options = {}) => alice.seal(`org.example.thing/${tid()}`, value, options)
  const good = { $type: 'org.example.thing', n: 1 }
  const plain = encode(good)
  const replaced = (bytes, from, to) => {
    const hex = Buffer.from(bytes).toString('hex')
    assert.ok(hex.includes(from))
    return new Uint8Array(Buffer.from(hex.replace(from, to), 'hex'))
  }
  const wire = thing(good).bytes
  const big = (size) => ({ $type: 'org.example.thing', text: 'x'.repeat(size) })
  const overhead = encode(big(60_000)).length - 60_000
  const rows = {
    'an integer in more bytes than it needs': ['InvalidRecord', thing(replaced(plain, '616e01', '616e1801')).bytes],
    'keys in another order': ['InvalidRecord', thing(Buffer.concat([Buffer.of(0xa2), plain.subarray(4), plain.subarray(1, 4)])).bytes],
    'a key twice': ['InvalidRecord', thing(replaced(replaced(plain, '616e01', '616e01616e01'), 'a2', 'a3')).bytes],
    'an indefinite length': ['InvalidRecord', thing(Buffer.concat([Buffer.of(0xbf), plain.subarray(1), Buffer.of(0xff)])).bytes],
    'a float': ['InvalidRecord', thing({ ...good, n: 1.5 }).bytes],
    'an integer beyond 53 bits': ['InvalidRecord', thing(replaced(plain, '616e01', '616e1b0020000000000000')).bytes],
    'text that is no UTF-8': ['InvalidRecord', thing(replaced(encode({ ...good, n: 'ab' }), '626162', '62c328')).bytes],
    'no $type': ['InvalidRecord', thing({ n: 1 }).bytes],
    'another $type than the collection': ['InvalidRecord', thing({ ...good, $type: 'org.example.other' }).bytes],
    'an envelope in more bytes than it needs': ['InvalidRecord', replaced(wire, '617601', '61761801')],
    'bytes after the bundle': ['InvalidRecord', Buffer.concat([wire, Buffer.of(0)])],
    'a bundle cut short': ['InvalidRecord', wire.subarray(0, wire.length - 1)],
    'nothing': ['InvalidRecord', new Uint8Array()],
    'another value than signed': ['ValueMismatch', encode([decode(wire)[0], encode({ ...good, n: 2 })])],
    'a value under a tombstone': ['ValueMismatch', encode([decode(alice.seal('org.example.thing/x', null).bytes)[0], plain])],
    'a path that is none': ['InvalidRecord', alice.seal('thing', good).bytes],
    'a rev that is none': ['InvalidRecord', thing(good, { rev: 'yesterday' }).bytes],
    'signed for another network': ['InvalidSignature', seal(randomBytes(32), { did: alice.did, path: 'org.example.thing/a', value: good }, alice.device).bytes],
    'a key that the wallet never authorised': ['UnknownKey', thing(good, { key: new DeviceKey() }).bytes],
    "another person's key": ['UnknownKey', thing(good, { key: bob.device }).bytes],
    'a rev eleven minutes ahead': ['FutureRev', thing(good, { rev: tid(11 * 60_000) }).bytes],
    'a rev from before the key': ['EarlyRev', thing(good, { rev: tid(-60 * 60_000) }).bytes],
    'a rev of the last century': ['EarlyRev', thing(good, { rev: formatTid(0) }).bytes],
    'a value of 64 KiB and a byte': ['TooLarge', thing(big((64 << 10) + 1 - overhead)).bytes],
    'a post that its schema refuses': ['InvalidRecord', alice.post('x'.repeat(301)).bytes],
    'an identity of another chain': ['NotHosted', seal(alice.network, { did: alice.did.replace(/0x[0-9a-f]+/, '0x1'), path: 'org.example.thing/a', value: good }, alice.device).bytes],
    'somebody who has no account here': ['NotHosted', seal(alice.network, { did: alice.did.replace(/.{8}$/, '00000000'), path: 'org.example.thing/a', value: good }, alice.device).bytes],
    "somebody else's AT name": ['InvalidBinding', alice.seal('net.metanet.identity.at/self', decode(await bindingOf(bob))).bytes],
  }
  await table(t, rows, ([code, bytes]) => refused(code, alice.send(bytes)))
  await t.test('at the limits it is good', async () => {
    for (const bundle of [thing(big((64 << 10) - overhead)), thing(good, { rev: tid(9 * 60_000) }), thing(good)]) await alice.put(bundle)
  })
  await t.test('in a message the good ones pass, and each bad one is told', async () => {
    const bundles = [alice.post('One').bytes, alice.post('x'.repeat(301)).bytes, alice.post('Two').bytes]
    const message = Buffer.concat([Buffer.of(0x80 | bundles.length), ...bundles])
    const { results } = await upload(a.url, 'net.metanet.repo.put', 'application/vnd.metanet.bundles+cbor', message)
    assert.deepEqual(results.map((r) => [r.status, r.error]), [['admitted', undefined], ['refused', 'InvalidRecord'], ['admitted', undefined]])
  })
  await t.test('the same again is a duplicate, not a second record', async () => {
    const post = await alice.put(alice.post('Once'))
    await unchanged(async () => assert.equal((await alice.send(post.bytes)).results[0].status, 'duplicate'))
  })
  await t.test('what is older than what is there changes nothing', async () => {
    const early = tid(-1000)
    const post = await alice.put(alice.post('Newer'))
    await unchanged(async () => {
      const older = alice.seal(post.path, authored('app.bsky.feed.post', { text: 'Older' }), { rev: early })
      assert.equal((await alice.send(older.bytes)).results[0].status, 'superseded')
    })
    assert.equal(await cidAt(a.url, post.uri), post.cid)
  })
})

/** The value bytes of a person's AT name record. */
async function bindingOf(person) {
  const { cid } = await getRecord(a.url, person.uri('net.metanet.identity.at/self'))
  return new Uint8Array(await (await fetch(`${a.url}/ipfs/${cid}?format=raw`)).arrayBuffer())
}

step('a key that has expired', async () => {
  const brief = new DeviceKey()
  const expiresAt = new Date(Math.ceil(Date.now() / 1000 + 7) * 1000).toISOString()
  await alice.authorise({ operation: 'addKey', key: brief.text, purpose: 'device', expiresAt })
  const sealed = (text) => alice.seal(`app.bsky.feed.post/${tid()}`, authored('app.bsky.feed.post', { text }), { key: brief })
  const meanwhile = await alice.put(sealed('While it lives'))
  assert.equal(await cidAt(a.url, meanwhile.uri), meanwhile.cid)
  await eventually('the key has expired', async () => (await alice.identity()).keys.find((k) => k.key === brief.text).status === 'ended')
  await unchanged(() => refused('ExpiredKey', alice.send(sealed('Too late').bytes)))
  await eventually('what it signed is hidden: nothing proves that it was signed in time', async () => (await cidAt(a.url, meanwhile.uri)) === undefined)
})

step('writes of clients that cannot sign', async (t) => {
  const now = new Date().toISOString()
  const nobodysBlob = { $type: 'blob', ref: { $link: cidOf(randomBytes(10), RAW).toString() }, mimeType: 'image/png', size: 10 }
  const small = picture(8, 8)
  const blob = await bob.uploadBlob('image/png', small)
  const withImage = (image) => ({ text: 'See', createdAt: now, embed: { $type: 'app.bsky.embed.images', images: [{ alt: '', image }] } })
  const rows = {
    'a blob that was never uploaded': ['BlobNotFound', () => bob.create('app.bsky.feed.post', withImage(nobodysBlob))],
    'a blob of another size than its bytes': ['InvalidRecord', () => bob.create('app.bsky.feed.post', withImage({ ...blob, size: blob.size + 1 }))],
    'a blob whose CID is none': ['InvalidRecord', () => bob.create('app.bsky.feed.post', withImage({ ...blob, ref: { $link: 'bafy' } }))],
    "somebody else's repository": ['Forbidden', () => bob.create('app.bsky.feed.post', { text: 'x', createdAt: now }, { repo: alice.did })],
    'a value that its schema refuses': ['InvalidRecord', () => bob.create('app.bsky.feed.post', { text: 1, createdAt: now })],
    'another $type than the collection': ['InvalidRecord', () => bob.create('app.bsky.feed.post', { $type: 'app.bsky.feed.like', text: 'x', createdAt: now })],
    'a float': ['InvalidRecord', () => bob.create('org.example.thing', { n: 0.5 })],
    'a value above 64 KiB': ['RecordTooLarge', () => bob.create('org.example.thing', { text: 'x'.repeat(64 << 10) })],
    'no record': ['InvalidRequest', () => bob.create('app.bsky.feed.post', undefined)],
    'a swap against something else': ['InvalidSwap', () => bob.replace('app.bsky.actor.profile', 'self', { displayName: 'B' }, { swapRecord: nobodysBlob.ref.$link })],
    'the AT name deleted': ['InvalidRequest', () => bob.remove('net.metanet.identity.at', 'self')],
  }
  await table(t, rows, ([code, call]) => refused(code, call()))
})

step('a blob that is not what its CID says is never served', async () => {
  b = await Node.up('b', ['--join', a.url])
  // What the bytes really are: two blocks under a UnixFS root.
  const image = picture(800, 560)
  const { uri } = await bob.create('app.bsky.feed.post', {
    text: 'Large', createdAt: new Date().toISOString(),
    embed: { $type: 'app.bsky.embed.images', images: [{ alt: '', image: await bob.uploadBlob('image/png', image) }] },
  })
  const root = CID.parse(Object.values((await getRecord(a.url, uri)).value['net.metanet.dag'])[0].$link)
  // What alice's record claims that they are.
  const claimed = cidOf(randomBytes(100), RAW)
  const claim = { $type: 'blob', ref: claimed, mimeType: 'image/png', size: image.length }
  const lie = await alice.put(alice.post('Not what it says', {
    embed: { $type: 'app.bsky.embed.images', images: [{ alt: '', image: claim }] }, 'net.metanet.dag': { [claimed]: root },
  }))
  const url = (node, person, cid) => `${node.url}/xrpc/com.atproto.sync.getBlob?${new URLSearchParams({ did: person.atName, cid })}`
  await eventually('b has the record', async () => (await cidAt(b.url, lie.uri)) === lie.cid)
  await eventually('b has the true picture, and so all blocks of the false one', async () => (await fetch(url(b, bob, cidOf(image, RAW)))).ok)
  for (const node of [a, b]) {
    const answer = await fetch(url(node, alice, claimed))
    assert.deepEqual([answer.status, (await answer.json()).error], [400, 'BlobNotFound'])
  }
})

step('policies', async (t) => {
  const draft = (await metanet('policy', 'default')).stdout
  const rows = {
    'a misspelt field': [draft.replace(/^summary:/m, 'sumary:'), /sumary/],
    'a misspelt field of a rule': [draft.replace(/^( +)title:/m, '$1titel:'), /titel/],
    'a label for a rule that is not there': [draft.replace(/rules: \[[a-z-]+/, 'rules: [no-such-rule'), /no-such-rule/],
    'no rules': [draft.replace(/^rules:[\s\S]*?^(?=\w)/m, 'rules: []\n'), /rules/],
    'not YAML': ['title: [', /policy/],
    'nothing': ['', /policy/],
  }
  await table(t, rows, async ([text, names]) => {
    assert.notEqual(text, draft)
    const file = join(scratch, 'bad.yaml')
    await writeFile(file, text)
    const { code, stderr } = await a.metanet('policy', 'publish', file)
    assert.equal(code, 1)
    assert.match(stderr, names)
    const { token } = JSON.parse(await readFile(join(a.home, 'control.json'), 'utf8'))
    await refused('InvalidPolicy', upload(a.url, 'net.metanet.admin.publishPolicy', 'application/yaml', text, token), names)
  })
})

step('the blob that is not what its CID says was not fetched over and over meanwhile', async () => {
  const metrics = await b.metrics()
  const fetched = Number(/^metanet_p2p_blocks_fetched_total (\d+)/m.exec(metrics)[1])
  assert.ok(fetched > 0 && fetched < 30, `${fetched} blocks`)
})

step('calls of the operator are for the operator', async (t) => {
  const control = JSON.parse(await readFile(join(a.home, 'control.json'), 'utf8')).token
  const ask = (headers) => fetch(`${a.url}/xrpc/net.metanet.admin.status`, { headers })
  const bearer = (token) => ({ authorization: `Bearer ${token}` })
  const rows = {
    'no token': [401, {}],
    'another token': [401, bearer(randomBytes(32).toString('base64url'))],
    "a person's token": [401, bearer(alice.token)],
    'through a proxy': [403, { ...bearer(control), 'x-forwarded-for': '203.0.113.7' }],
  }
  await table(t, rows, async ([status, headers]) => assert.equal((await ask(headers)).status, status))
  assert.equal((await ask(bearer(control))).status, 200)
})

step('starts that cannot be', async (t) => {
  const port = (url) => new URL(url).host
  const about = await a.about()
  const tcp = about.peer.addresses.find((addr) => /\/tcp\/\d+/.test(addr)).replace(/\/p2p\/.*/, '')
  const free = ['--http', '127.0.0.1:0', '--rpc', '127.0.0.1:0', '--p2p', '/ip4/127.0.0.1/tcp/0']
  const dead = `127.0.0.1:${await deadPort()}`
  const fresh = () => join(scratch, `never-${randomBytes(4).toString('hex')}`)
  const lying = await liar(a.url, ({ path }, body) => (path === '/.well-known/metanet' ? { ...body, network: body.network.replace(/^./, (c) => (c === 'a' ? 'b' : 'a')) } : body))
  const notOurs = await liar(a.url, ({ path }, body) => (path === '/.well-known/metanet' ? { ...body, server: { ...body.server, id: 77 } } : body))
  const file = join(scratch, 'config.yaml')
  await writeFile(file, 'log-levle: debug\n')
  const rows = {
    'the HTTP port is in use': [[...free, '--http', port(a.url)], new RegExp(`${port(a.url)}.*--http`)],
    'the RPC port is in use': [[...free, '--rpc', port(about.chain.rpc)], new RegExp(port(about.chain.rpc))],
    'the peer port is in use': [['--http', '127.0.0.1:0', '--rpc', '127.0.0.1:0', '--p2p', tcp], /--p2p/],
    'the home is in use': [['--home', a.home], /in use by another process/],
    'the chain is down': [[...free, '--chain', `http://${dead}`], new RegExp(dead)],
    'the chain has no contracts': [[...free, '--chain', b.url], /chain/],
    'who is to be joined is down': [[...free, '--join', `http://${dead}`], new RegExp(dead)],
    'who is to be joined lies about its network': [[...free, '--join', lying.url], /network/],
    'who is to be joined lies about its server': [[...free, '--join', notOurs.url], /server 77/],
    'an address that is none': [['--http', 'localhost'], /http: "localhost"/],
    'a multiaddr that is none': [['--p2p', '127.0.0.1:4001'], /p2p: "127.0.0.1:4001"/],
    'a chain that is none': [['--chain', 'mainnet'], /chain: number 1 is neither/],
    'a domain that cannot carry handles': [['--domain', 'not a domain'], /domain: /],
    'a misspelt flag': [['--hhtp', '127.0.0.1:0'], /hhtp/],
    'a misspelt key in the config file': [['--config', file], /log-levle/],
    'a config file that is not there': [['--config', `${file}.not`], /config/],
  }
  try {
    await table(t, rows, async ([flags, names]) => {
      const args = flags.includes('--home') ? flags : ['--home', fresh(), ...flags]
      const { code, stderr, stdout } = await metanet('up', ...args)
      assert.notEqual(code, 0)
      assert.match(stderr, names)
      assert.doesNotMatch(stderr + stdout, /panic|goroutine/)
      assert.ok(stderr.trim().split('\n').at(-1).length < 500, 'one line says it')
    })
  } finally {
    lying.close()
    notOurs.close()
  }
})

step('a node whose account has no coins says what it needs, only reads, and goes on by itself', async () => {
  poor = new Node('poor')
  await poor.start(['--http', '127.0.0.1:0', '--p2p', '/ip4/127.0.0.1/tcp/0', '--chain', (await a.about()).chain.rpc], { ready: false })
  const [, operator] = /^notice +fund the operator account (0x[0-9a-fA-F]{40}) on chain \d+; until then this node only reads$/m.exec(poor.output)
  assert.equal(await chain.getBalance({ address: operator }), 0n)
  const ready = await fetch(`${poor.url}/readyz`)
  assert.deepEqual([ready.status, (await ready.text()).trim()], [503, 'server: not registered on-chain yet'])
  const status = await poor.metanet('status')
  assert.deepEqual([status.code, /^ready +no: .*fund the operator/m.test(status.stdout)], [1, true], status.stdout)
  assert.equal((await alice.identity(poor.url)).status, 'active', 'it follows the chain')
  const publish = await poor.metanet('policy', 'publish', await policyFile())
  assert.deepEqual([publish.code, /NotRegistered/.test(publish.stderr)], [1, true], publish.stderr)
  assert.equal((await metanet('audit', poor.url)).code, 1, 'what is not registered is not proven')

  await procedure(a.url, 'net.metanet.dev.fund', { address: operator })
  await eventually('it is ready', async () => (await fetch(`${poor.url}/readyz`)).ok)
  assert.equal((await metanet('audit', poor.url)).code, 0)
  assert.equal(await poor.stop(), 0)
})

async function policyFile() {
  const file = join(scratch, 'good.yaml')
  await writeFile(file, (await metanet('policy', 'default')).stdout)
  return file
}

step('a chain RPC that turns out to be another chain', async () => {
  other = await Node.up('other')
  const [network, theirs] = [(await b.about()).network, await other.about()]
  assert.equal(await b.stop(), 0)
  const { code, stderr } = await b.metanet('up', '--chain', theirs.chain.rpc)
  assert.equal(code, 2)
  for (const name of [network, theirs.chain.id]) assert.match(stderr, new RegExp(name))
  await b.start()
  assert.equal((await b.about()).network, network, 'the home is what it was')
})

