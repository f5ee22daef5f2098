// Nodes that die and lines that fail while one catches up with the other: whatever
// happens, both end with the same records, byte for byte. The only way between the
// two is a line of the test's own (lib/link.mjs): each denies the other's address.
import assert from 'node:assert/strict'
import { subscribe } from './lib/feed.mjs'
import { Link } from './lib/link.mjs'
import { Person } from './lib/person.mjs'
import { Node } from './lib/process.mjs'
import { cidAt } from './lib/reads.mjs'
import { encodeMessage } from './lib/record.mjs'
import { figure, story } from './lib/story.mjs'
import { eventually } from './lib/until.mjs'
import { upload } from './lib/xrpc.mjs'

const [HERE, THERE] = ['127.0.0.2', '127.0.0.3']
const RECORDS = 4000
const MESSAGE = 200
const PATIENCE = 90_000

let a, b, link, alice, bob
let flagsA, flagsB
let sent = 0 // bytes of records

const step = story(() => [a, b])

const listening = (host, other) => [
  '--http', '127.0.0.1:0', '--rpc', '127.0.0.1:0', '--p2p', `/ip4/${host}/tcp/0`, '--p2p', `/ip4/${host}/udp/0/quic-v1`,
  '--peer-deny', other, '--quota', 'records=none',
]

/** b's flags when it may dial by these transports. */
const dialling = async (...transports) => {
  const { id } = (await a.about()).peer
  const kinds = { tcp: `tcp/${link.port}`, quic: `udp/${link.port}/quic-v1` }
  return [...listening(THERE, HERE), '--join', a.url, ...transports.flatMap((t) => ['--peer', `/ip4/127.0.0.1/${kinds[t]}/p2p/${id}`])]
}

const sequence = async (node) => (await node.status()).sequence

/** Every record that a node has, by id. */
async function all(node) {
  const until = await sequence(node)
  const feed = subscribe(node.url, { cursor: 0 })
  try {
    await eventually(`${node.name} tells all it has`, () => feed.closed || feed.frames.at(-1)?.seq >= until, PATIENCE)
    assert.equal(feed.error, undefined)
    return new Map(feed.frames.map((f) => [f.id, Buffer.from(f.bundle).toString('base64')]))
  } finally {
    feed.close()
  }
}

/** Waits until both have the same. */
async function agree(what) {
  await eventually(what, async () => {
    const [x, y] = await Promise.all([all(a), all(b)])
    return x.size === y.size && [...x].every(([id, bytes]) => y.get(id) === bytes)
  }, PATIENCE)
}

const arrives = (node, post) => eventually(`${node.name} has ${post.uri}`, async () => (await cidAt(node.url, post.uri)) === post.cid, PATIENCE)
const posts = async (person, text) => person.put(person.post(text))

step('a node with thousands of records', async () => {
  flagsA = listening(HERE, THERE)
  a = new Node('a')
  await a.start(flagsA)
  alice = await new Person('alice', a).arrive()
  for (let i = 0; i < RECORDS; i += MESSAGE) {
    const bundles = Array.from({ length: MESSAGE }, (_, k) => alice.post(`Number ${i + k} of many that a new node has to fetch`).bytes)
    const message = encodeMessage(bundles)
    sent += message.length
    const { results } = await upload(a.url, 'net.metanet.repo.put', 'application/vnd.metanet.bundles+cbor', message)
    assert.ok(results.every((r) => r.status === 'admitted'), JSON.stringify(results.find((r) => r.status !== 'admitted')))
  }
  const ports = Object.fromEntries((await a.about()).peer.addresses.map((text) => text.split('/')).map((p) => [p[3], Number(p[4])]))
  link = await Link.to(HERE, ports)
})

step('kill -9 of the one that catches up, in the middle: it goes on with what it has', async () => {
  link.back.rate = 150 << 10
  b = new Node('b')
  flagsB = await dialling('tcp')
  await b.start(flagsB)
  const middle = await eventually('b is in the middle', async () => {
    const at = await sequence(b)
    return at > RECORDS / 8 && at
  }, PATIENCE)
  assert.ok(middle < RECORDS, `${middle}: it was killed too late for the test to tell anything`)
  await b.stop('SIGKILL')
  const before = link.back.done.bytes
  await b.start(flagsB)
  const after = await sequence(b)
  assert.ok(after >= middle, `of ${middle} records that it showed it has ${after}`)
  figure('killed-at', middle, 'records')
  figure('line-bytes-before-kill', before, 'bytes')
})

step('kill -9 of the one that serves, in the middle: the other waits and goes on', async () => {
  const middle = await eventually('b goes on', async () => {
    const at = await sequence(b)
    return at > RECORDS / 2 && at
  }, PATIENCE)
  assert.ok(middle < RECORDS, `${middle}: too late`)
  await a.stop('SIGKILL')
  await a.start(flagsA)
  link.back.rate = Infinity
  await agree('b has what a has')
  // Neither death made it fetch again what it had: the line carried the records once,
  // and what was on its way twice.
  figure('line-bytes', link.back.done.bytes, 'bytes')
  figure('record-bytes', sent, 'bytes')
  assert.ok(link.back.done.bytes < 2 * sent, `${link.back.done.bytes} bytes for ${sent} bytes of records`)
})

step('only one of them can dial the other, and both hear each other', async () => {
  const [toA, toB] = await Promise.all([a, b].map(async (node) => JSON.parse((await node.metanet('peers', '--json')).stdout).peers))
  assert.deepEqual([toA.map((p) => p.inbound), toB.map((p) => p.inbound)], [[true], [false]])
  assert.match(toB[0].address, new RegExp(`^/ip4/127.0.0.1/tcp/${link.port}`))
  bob = await new Person('bob', b).arrive()
  await agree('a has bob')
})

step('a partition: both go on alone, and agree when it has ended', async () => {
  const held = link.ways.map((w) => w.done.held)
  for (const way of link.ways) way.stop()
  const [here, there] = [await posts(alice, 'Alone here'), await posts(bob, 'Alone there')]
  await eventually('the line holds what they say', () => link.ways.every((w, i) => w.done.held > held[i]), PATIENCE)
  assert.equal(await cidAt(b.url, here.uri), undefined)
  assert.equal(await cidAt(a.url, there.uri), undefined)
  for (const way of link.ways) way.resume()
  await Promise.all([arrives(b, here), arrives(a, there)])
  await agree('after the partition')
})

step('a line that breaks again and again', async () => {
  for (let i = 0; i < 5; i++) {
    link.cut()
    await Promise.all([posts(alice, `Break ${i} here`), posts(bob, `Break ${i} there`)])
  }
  await agree('after the breaks')
})

step('one way only: what one hears, the other doesn\'t', async () => {
  const before = link.there.done.held
  link.there.stop() // b hears a, a doesn't hear b
  const [here, there] = [await posts(alice, 'Do you hear me?'), await posts(bob, 'I do')]
  await eventually('the line holds what b says', () => link.there.done.held > before, PATIENCE)
  await arrives(b, here)
  assert.equal(await cidAt(a.url, there.uri), undefined)
  link.there.resume()
  await arrives(a, there)
  await agree('after one way')
})

step('5 % of packets lost, each 100 ms late in either direction', async () => {
  await b.stop()
  for (const way of link.ways) Object.assign(way, { loss: 0.05, delay: 100 })
  await b.start(await dialling('quic')) // streams over TCP would hide the loss
  const lost = link.ways.map((w) => w.done.lost)
  await eventually('the line has dropped packets', async () => {
    await Promise.all([posts(alice, 'Into the rain'), posts(bob, 'Out of it')])
    return link.ways.every((w, i) => w.done.lost > lost[i] && w.done.late > 0)
  }, PATIENCE)
  await agree('in spite of the losses')
})

step('the line is taken down', () => link.close())
