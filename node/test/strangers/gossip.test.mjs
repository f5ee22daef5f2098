// A stranger of another make, js-libp2p, that knows of us what docs/protocol.md
// says: follows the topics, reads, verifies and publishes records, catches up and
// is caught up with.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after } from 'node:test'
import { createPublicClient, http, toHex } from 'viem'
import { contract } from '../lib/contracts.mjs'
import { Person } from '../lib/person.mjs'
import { Node } from '../lib/process.mjs'
import { cidAt, getRecord } from '../lib/reads.mjs'
import { unseal } from '../lib/record.mjs'
import { story } from '../lib/story.mjs'
import { eventually } from '../lib/until.mjs'
import { ask, gossipPeer, meet, serve } from './lib/peer.mjs'
import { PULL_REQUEST, SHARDS, message, openMessage, prefix, pullRequest, readPull, shardOf, topicOf, writePull } from './lib/wire.mjs'

let server, about, alice, stranger
const heard = new Map() // id → record
const kept = [] // bundles that the stranger serves

const step = story(() => [server])
after(() => stranger?.stop())
const points = async () => (await server.status()).peers.find((p) => p.id === String(stranger.libp2p.peerId))

step('a stranger follows all topics', async () => {
  server = await Node.up('server')
  about = await server.about()
  alice = await new Person('alice', server).arrive()
  stranger = await gossipPeer()
  const { pubsub } = stranger.libp2p.services
  pubsub.addEventListener('message', ({ detail: { type, topic, data } }) => {
    assert.equal(type, 'unsigned')
    for (const record of openMessage(alice.network, data)) heard.set(record.id, { ...record, topic })
  })
  for (let shard = 0; shard < SHARDS; shard++) pubsub.subscribe(topicOf(about, shard))
  const store = randomBytes(16)
  await serve(stranger, `${prefix(about)}/pull/1`, PULL_REQUEST, (request) => writePull(request, store, kept))
  await meet(stranger, about)
  const topic = topicOf(about, shardOf(alice.did))
  await eventually('it is in the mesh', () => pubsub.getMeshPeers(topic).includes(about.peer.id))
})

step('it hears what people write, and verifies it', async () => {
  const post = await alice.put(alice.post('For whoever listens'))
  const record = await eventually('the stranger hears it', () => heard.get(post.id))
  assert.equal(record.value.text, 'For whoever listens')
  assert.equal(record.topic, topicOf(about, shardOf(alice.did)))
})

step('the chain tells it whose key that is', async () => {
  const client = createPublicClient({ transport: http(about.chain.rpc) })
  const { identity } = await contract(client, about.chain.contracts)
  const [{ did, key }] = heard.values()
  const state = await identity('keyState', did.split(':').at(-1), toHex(key.subarray(2)))
  assert.ok(state.addedAt > 0n && state.revokedAt === 0n)
})

step('what it publishes is read here', async () => {
  const post = alice.post('By way of a stranger')
  await stranger.libp2p.services.pubsub.publish(topicOf(about, shardOf(alice.did)), message(post.bytes))
  await eventually('the server has it', () => cidAt(server.url, alice.uri(post.path)))
  const { value } = await getRecord(server.url, alice.uri(post.path))
  assert.equal(value.text, 'By way of a stranger')
})

step('it reads the past by the pull protocol', async () => {
  const pull = `${prefix(about)}/pull/1`
  const connection = await meet(stranger, about)
  const { frames, store, newest, last } = readPull(await ask(connection, pull, pullRequest()))
  assert.equal(last, newest)
  const records = frames.map(({ bundle }) => unseal(alice.network, bundle))
  for (const id of heard.keys()) assert.ok(records.some((r) => r.id === id))
  const again = readPull(await ask(connection, pull, pullRequest({ store, after: last })))
  assert.deepEqual([again.from, again.frames], [last, []], 'nothing is new')
})

step('what it serves is pulled', async () => {
  const posts = ['Kept by a stranger', 'And another'].map((text) => alice.post(text))
  kept.push(...posts.map((p) => p.bytes))
  for (const post of posts) await eventually('the server has it', () => cidAt(server.url, alice.uri(post.path)), 60_000)
})

step('a bad record costs it points, and spoils no good one beside it', async () => {
  const good = alice.post('Beside a bad one')
  const bad = alice.post('Bad')
  bad.bytes[bad.bytes.length - 1] ^= 1 // in the value
  await stranger.libp2p.services.pubsub.publish(topicOf(about, shardOf(alice.did)), message(bad.bytes, good.bytes))
  await eventually('the good one is there', () => cidAt(server.url, alice.uri(good.path)))
  assert.equal(await cidAt(server.url, alice.uri(bad.path)), undefined)
  await eventually('points are lost', async () => (await points())?.score < 0)
})
