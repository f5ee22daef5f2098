// Handles with real nodes, a real name server and the public resolvers: given out
// here, changed, on a domain of one's own, moved, taken over by a new owner.
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { Resolver } from 'did-resolver'
import { getResolver } from 'ethr-did-resolver'
import { createWalletClient, http, parseAbi, publicActions, stringToHex, toHex } from 'viem'
import { Person } from './lib/person.mjs'
import { fromJson } from './lib/record.mjs'
import { Node } from './lib/process.mjs'
import { NameServer } from './lib/dns.mjs'
import { story } from './lib/story.mjs'
import { eventually } from './lib/until.mjs'
import { procedure, query, refused } from './lib/xrpc.mjs'

let a, b, dns, alice
const step = story(() => [a, b])

const shown = (node, did) => query(node.url, 'net.metanet.identity.getHandle', { did })
const becomes = (node, person, handle, state) =>
  eventually(`${node.name} shows ${handle} as ${state}`, async () => {
    const h = await shown(node, person.did)
    return h.handle === handle && h.state === state && h.by && h
  })

/** Asks for another handle and signs the record that claims it, as the page does. */
async function rename(person, handle) {
  const { atOperation } = await procedure(person.url, 'net.metanet.identity.updateHandle', { handle }, person.token)
  await person.put(person.seal(atOperation.path, fromJson(atOperation.value)))
}

step('two nodes start with a name server of the test’s own', async () => {
  dns = await NameServer.start()
  a = await Node.up('a', ['--dns', dns.address])
  b = await Node.up('b', ['--join', a.url, '--dns', dns.address])
})

step('a handle that the server gave out is proved here and there', async () => {
  alice = await new Person('alice', a).arrive()
  for (const node of [a, b]) {
    const h = await becomes(node, alice, alice.handle, 'valid')
    assert.equal(h.by, 'server')
  }
})

step('it is changed, and the former one stops resolving without being free', async () => {
  const before = alice.handle
  const domain = before.slice('alice.'.length)
  await rename(alice, 'liddell')
  for (const node of [a, b]) await becomes(node, alice, `liddell.${domain}`, 'valid')
  await refused('HandleNotFound', query(a.url, 'com.atproto.identity.resolveHandle', { handle: before }))
  const other = new Person('alice', a)
  await refused('HandleTaken', other.signIn())
  const { history } = await shown(b, alice.did)
  assert.deepEqual(history.map((e) => [e.handle, e.state]), [[before, 'valid'], [`liddell.${domain}`, 'valid']])
})

step('AT’s own call does the same with the hosted key', async () => {
  await procedure(a.url, 'com.atproto.identity.updateHandle', { handle: alice.handle }, alice.token)
  for (const node of [a, b]) await becomes(node, alice, alice.handle, 'valid')
})

step('a domain of her own needs its TXT record first', async () => {
  await refused('HandleNotProved', rename(alice, 'alice-liddell.com'))
  dns.txt('_atproto.alice-liddell.com', 'v=spf1 -all', `did=${alice.atName}`)
  await rename(alice, 'alice-liddell.com')
  for (const node of [a, b]) {
    const h = await becomes(node, alice, 'alice-liddell.com', 'valid')
    assert.equal(h.by, 'dns')
    assert.deepEqual(await query(node.url, 'com.atproto.identity.resolveHandle', { handle: 'alice-liddell.com' }), { did: alice.atName })
  }
})

step('somebody else cannot claim it', async () => {
  const mallory = await new Person('mallory', b).arrive()
  await refused('HandleNotProved', rename(mallory, 'alice-liddell.com'))
  const { value } = mallory.atOperation
  await mallory.put(mallory.seal(mallory.atOperation.path, fromJson({ ...value, handle: 'alice-liddell.com' })))
  for (const node of [a, b]) {
    await becomes(node, mallory, 'alice-liddell.com', 'conflicting')
    assert.deepEqual(await query(node.url, 'com.atproto.identity.resolveHandle', { handle: 'alice-liddell.com' }), { did: alice.atName })
  }
})

/** Fetches a path with another host name, as a reverse proxy passes it on. */
function getAs(node, host, path, headers = {}) {
  return new Promise((resolve, reject) => {
    const req = request(node.url + path, { headers: { host, ...headers } }, (res) => {
      let text = ''
      res.on('data', (part) => (text += part)).on('end', () => resolve({ status: res.statusCode, type: res.headers['content-type'], text }))
    })
    req.on('error', reject).end()
  })
}

const identifiers = async (node, did, accept = 'application/did+ld+json') => {
  const answer = await fetch(`${node.url}/1.0/identifiers/${did}`, { headers: { accept } })
  return { status: answer.status, type: answer.headers.get('content-type'), body: await answer.json() }
}

step('the did:ethr document is what the public resolver makes of the chain', async () => {
  const { chain } = await a.about()
  const resolver = new Resolver(getResolver({ networks: [{ chainId: chain.id, rpcUrl: chain.rpc, registry: chain.contracts.identityRegistry }] }))
  const equal = async (did) => {
    const theirs = (await resolver.resolve(did)).didDocument
    for (const node of [a, b]) {
      const { status, type, body } = await identifiers(node, did)
      assert.deepEqual([status, type], [200, 'application/did+ld+json'])
      const { alsoKnownAs, ...ours } = body // the chain knows no other names
      assert.deepEqual(ours, theirs)
      assert.deepEqual((await query(node.url, 'com.atproto.identity.resolveDid', { did })).didDoc, body)
    }
    return theirs
  }
  await equal(alice.did)
  await equal(`did:ethr:0x${chain.id.toString(16)}:0x${'12'.repeat(20)}`) // of whom the chain has never heard

  // Whatever else ERC-1056 can say, said by her wallet itself.
  await procedure(a.url, 'net.metanet.dev.fund', { address: alice.wallet.address })
  const wallet = createWalletClient({ account: alice.wallet, transport: http(chain.rpc) }).extend(publicActions)
  const abi = parseAbi([
    'function setAttribute(address identity, bytes32 name, bytes value, uint256 validity)',
    'function revokeAttribute(address identity, bytes32 name, bytes value)',
    'function addDelegate(address identity, bytes32 delegateType, address delegate, uint256 validity)',
    'function revokeDelegate(address identity, bytes32 delegateType, address delegate)',
  ])
  const send = async (functionName, ...args) => {
    const hash = await wallet.writeContract({ address: chain.contracts.identityRegistry, abi, functionName, args: [alice.wallet.address, ...args], chain: null, gas: 300_000n })
    assert.equal((await wallet.waitForTransactionReceipt({ hash })).status, 'success')
  }
  const name = (text) => stringToHex(text, { size: 32 })
  const friend = (n) => `0x${toHex(n, { size: 20 }).slice(2)}`
  const day = 86_400n
  await send('addDelegate', name('veriKey'), friend(1), day)
  await send('addDelegate', name('sigAuth'), friend(2), day)
  await send('addDelegate', name('unheardOf'), friend(3), day)
  await send('revokeDelegate', name('veriKey'), friend(1))
  await send('addDelegate', name('veriKey'), friend(4), day)
  await send('setAttribute', name('did/svc/HubService'), stringToHex('https://hub.example.org'), day)
  await send('setAttribute', name('did/svc/Many'), stringToHex('{"uri":"https://<b>.example.org","n":[1,2]}'), day)
  await send('revokeAttribute', name('did/svc/HubService'), stringToHex('https://hub.example.org'))
  await send('setAttribute', name('did/svc/Broken'), '0xff', day)
  await send('setAttribute', name('did/pub/Secp256k1/veriKey/hex'), '0x02b97c30de767f084ce3080168ee293053ba33b235d7116a3263d29f1450936b71', day)
  await send('setAttribute', name('did/pub/X25519/enc/base64'), `0x${'ab'.repeat(32)}`, day)
  await send('setAttribute', name('did/pub/RSA/sigAuth/pem'), stringToHex('-----BEGIN PUBLIC KEY…'), day)
  await send('setAttribute', name('did/pub/Ed448/sigAuth/base58'), `0x${'cd'.repeat(32)}`, day)
  await send('setAttribute', name('did/pub/Other/veriKey/else'), '0x01', day)
  await send('setAttribute', name('unrelated'), '0x01', day)
  const doc = await equal(alice.did)
  assert.equal(doc.service.length, 1)
  assert.ok(doc.verificationMethod.length >= 9, `${doc.verificationMethod.length} methods`)
})

step('her names name each other', async () => {
  const ethr = (await identifiers(a, alice.did)).body
  assert.deepEqual(ethr.alsoKnownAs, [alice.atName, 'at://alice-liddell.com'])
  const plc = (await identifiers(b, alice.atName)).body
  assert.deepEqual([plc.id, plc.alsoKnownAs], [alice.atName, ['at://alice-liddell.com', alice.did]])
  assert.equal(plc.service[0].type, 'AtprotoPersonalDataServer')

  const bobby = await new Person('bobby', a).arrive()
  await becomes(a, bobby, bobby.handle, 'valid')
  const web = JSON.parse((await getAs(a, bobby.handle, '/.well-known/did.json')).text)
  assert.deepEqual([web.id, web.alsoKnownAs], [`did:web:${bobby.handle}`, [`at://${bobby.handle}`, bobby.atName, bobby.did]])
  assert.deepEqual((await identifiers(a, web.id)).body, web)
  assert.ok((await identifiers(a, bobby.did)).body.alsoKnownAs.includes(web.id))
  assert.equal((await getAs(a, bobby.handle, '/.well-known/atproto-did')).text, bobby.atName)

  const { domain } = (await a.about()).server
  const server = JSON.parse((await getAs(a, domain, '/.well-known/did.json')).text)
  assert.deepEqual([server.id, server.service[0].type], [`did:web:${domain}`, 'AtprotoPersonalDataServer'])
  assert.equal((await getAs(a, 'elsewhere.example.org', '/.well-known/did.json')).status, 400)
})

step('resolution answers in the forms that the DID specifications name', async () => {
  const profile = 'application/ld+json;profile="https://w3id.org/did-resolution"'
  const whole = (await identifiers(a, alice.did, profile)).body
  assert.equal(whole.didDocument.id, alice.did)
  assert.equal(whole.didResolutionMetadata.contentType, 'application/did+ld+json')
  const plain = await identifiers(a, alice.did, 'application/did+json')
  assert.deepEqual([plain.type, plain.body['@context']], ['application/did+json', undefined])
  for (const did of ['did:plc:aaaaaaaaaaaaaaaaaaaaaaaa', 'did:key:z6Mk', 'did:web:elsewhere.example.org']) {
    assert.equal((await identifiers(a, did)).status, 400, did)
  }
})

step('a new owner signs the same name again, at a server that never saw her', async () => {
  const carol = await new Person('carol', a).arrive()
  await becomes(b, carol, carol.handle, 'valid')
  const heir = new Person('carol', b)
  await carol.authorise({ operation: 'changeOwner', address: heir.wallet.address })
  await eventually('b no longer counts what the old keys signed', async () => (await shown(b, carol.did)).state !== 'valid')
  const grant = await heir.signIn({ did: carol.did })
  assert.deepEqual([grant.did, grant.atName], [carol.did, carol.atName], 'no second name is made')
  await heir.authorise({ operation: 'enrol', key: heir.device.text, purpose: 'device', hosted: true })
  await heir.bind()
  // Her home is b now; the handle under a's domain stays hers while a confirms it.
  for (const node of [a, b]) assert.equal((await becomes(node, heir, carol.handle, 'valid')).atName, carol.atName)
})
