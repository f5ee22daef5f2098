// Handles with real nodes, a real name server and the public resolvers: given out
// here, changed, on a domain of one's own, moved, taken over by a new owner.
import assert from 'node:assert/strict'
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
