// What people see at two servers while somebody is robbed and rescued: posts before
// the takeover and after it, and everything that the thief tries in between, at the
// one server, at the other, and by a server of the thief's own. The chain is anvil,
// which starts in the past, so that the days of a takeover can be skipped.
import assert from 'node:assert/strict'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { Anvil } from './lib/anvil.mjs'
import { Person, signTyped } from './lib/person.mjs'
import { metanet } from './lib/process.mjs'
import { authorFeed, cidAt, getPublic } from './lib/reads.mjs'
import { DeviceKey, authored, decode, seal } from './lib/record.mjs'
import { story } from './lib/story.mjs'
import { eventually } from './lib/until.mjs'
import { procedure, refused } from './lib/xrpc.mjs'

const TAKEOVER_DAYS = 3 // contracts/README.md, "Who wins a long fight"

let anvil, a, b
let alice, recovery, thief // the thief has alice's wallet, a device of his own, and signs in at b
const mine = {} // what she wrote
const his = {} // what he wrote in her name
const kept = [] // what he signed in time and keeps for later
const step = story(() => [a, b])

const nodes = () => [a, b]
const text = (words) => authored('app.bsky.feed.post', { text: words, langs: ['en'] })
const texts = async (node) => (await authorFeed(node.url, alice.did)).map((item) => item.post.record.text).sort()
const shows = (...words) =>
  Promise.all(nodes().map((node) => eventually(`${node.name} shows just ${words}`, async () => {
    const found = await texts(node)
    if (JSON.stringify(found) !== JSON.stringify([...words].sort())) throw new Error(`it shows ${found}`)
    return true
  })))
const pendingAt = async (node) => (await alice.identity(node.url)).pending ?? {}
const everywhere = (what, check) => Promise.all(nodes().map((node) => eventually(`${node.name}: ${what}`, () => check(node))))

/** The recovery address orders, which needs no account; each of her servers carries six a day. */
async function byRecovery(node, operation, input = {}) {
  const { typedData } = await procedure(node.url, 'net.metanet.recovery.prepare', { did: alice.did, operation, ...input })
  return procedure(node.url, 'net.metanet.recovery.submit', { typedData, signature: await signTyped(recovery, typedData) })
}

step('a chain of the past, two servers, and somebody with a recovery address', async () => {
  anvil = await Anvil.start({ daysBehind: 10 * TAKEOVER_DAYS })
  const addresses = await anvil.deploy()
  a = await anvil.node('a', ['--contracts', addresses])
  b = await anvil.node('b', ['--contracts', addresses, '--peer', (await a.about()).peer.addresses[0]])
  alice = await new Person('alice', a).arrive()
  recovery = privateKeyToAccount(generatePrivateKey())
  await alice.authorise({ operation: 'setRecovery', address: recovery.address })
  mine.first = await alice.put(alice.post('Mine, the first'))
  mine.second = await alice.put(alice.post('Mine, the second'))
  await shows('Mine, the first', 'Mine, the second')
})

step('the thief signs in with her wallet at the other server and speaks for her', async () => {
  thief = Object.assign(new Person('alice', b, alice.wallet), { device: new DeviceKey() })
  await thief.signIn()
  await thief.authorise({ operation: 'addKey', key: thief.device.text, purpose: 'device' })
  his.post = await thief.put(thief.post('Send me coins'))
  his.overwritten = await thief.put(thief.seal(mine.first.path, text('She never said this')))
  his.deleted = await thief.put(thief.seal(mine.second.path, null))
  await shows('Send me coins', 'She never said this')
  for (let i = 0; i < 3; i++) kept.push(thief.post(`Kept for later ${i}`))
  const { typedData } = await thief.prepare({ operation: 'addKey', key: new DeviceKey().text, purpose: 'device' })
  kept.order = { typedData, signature: await signTyped(thief.wallet, typedData) }
})

step('she ends his key at once, which needs no fight: what he did is undone at both', async () => {
  await alice.authorise({ operation: 'revokeKeyFrom', key: thief.device.text, size: 0 })
  await shows('Mine, the first', 'Mine, the second')
  await refused('ExpiredKey', thief.send(thief.post('Once more').bytes))
  await everywhere('the key has ended', async (node) => (await alice.identity(node.url)).keys.find((k) => k.key === thief.device.text).status === 'ended')
})

step('but he has her wallet: he takes another device, and tries to take all', async () => {
  thief.device = new DeviceKey()
  await thief.authorise({ operation: 'addKey', key: thief.device.text, purpose: 'device' })
  his.again = await thief.put(thief.post('Send me more'))
  await shows('Mine, the first', 'Mine, the second', 'Send me more')
  for (const [operation, input, kind] of [
    ['changeOwner', { address: privateKeyToAccount(generatePrivateKey()).address }, 'owner'],
    ['setRecovery', { address: privateKeyToAccount(generatePrivateKey()).address }, 'recovery'],
    ['deactivate', {}, 'deactivation'],
  ]) {
    await thief.authorise({ operation, ...input })
    await everywhere(`people are warned of ${kind}`, async (node) => (await pendingAt(node)).change?.kind === kind)
    await refused('Reverted', procedure(a.url, 'net.metanet.recovery.finish', { did: alice.did }))
    await byRecovery(a, 'cancelChange')
    await everywhere(`${kind} is off`, async (node) => !(await pendingAt(node)).change)
  }
})

step('the takeover begins; he cancels it twice and not a third time', async () => {
  const heir = privateKeyToAccount(generatePrivateKey())
  alice.heir = heir
  for (const round of [1, 2, 3]) {
    await byRecovery(b, 'startRecovery', { address: heir.address })
    await everywhere('the takeover is pending', async (node) => {
      const { recovery } = await pendingAt(node)
      return recovery && recovery.newOwner.toLowerCase() === heir.address.toLowerCase() && recovery.cancellable === (round < 3) && !recovery.due
    })
    await refused('Reverted', procedure(a.url, 'net.metanet.recovery.finish', { did: alice.did }))
    if (round === 3) break
    await anvil.skip(TAKEOVER_DAYS - 0.1)
    await thief.authorise({ operation: 'cancelRecovery', address: thief.wallet.address })
    await everywhere('it is off', async (node) => !(await pendingAt(node)).recovery)
  }
  await refused('Reverted', thief.prepare({ operation: 'cancelRecovery', address: thief.wallet.address }))
  his.last = await thief.put(thief.post('While I still can'))
  await shows('Mine, the first', 'Mine, the second', 'Send me more', 'While I still can')
})

step('when it is due anybody finishes it: his words are gone at both, his tokens and his wallet good for nothing', async () => {
  await anvil.skip(TAKEOVER_DAYS)
  await everywhere('it is due', async (node) => (await pendingAt(node)).recovery.due)
  await procedure(b.url, 'net.metanet.recovery.finish', { did: alice.did })
  await shows() // hers, too: the keys of the robbed time have ended
  await everywhere('the owner is another', async (node) => (await alice.identity(node.url)).owner === alice.heir.address)
  for (const person of [thief, alice]) {
    await refused('InvalidToken', person.prepare({ operation: 'skipNonce' }))
    await refused('InvalidSignature', person.signIn())
    await refused('InvalidSignature', person.at(person === thief ? a : b).signIn())
  }
  for (const bundle of kept) await refused('ExpiredKey', thief.send(bundle.bytes))
})

step('she comes back with her new wallet, and what she wrote is there again under its old name', async () => {
  const before = alice
  alice = new Person('alice', a, before.heir)
  const grant = await alice.signIn({ did: before.did })
  assert.deepEqual([grant.did, grant.atName], [before.did, before.atName], 'still the same person')
  await refused('InvalidSignature', alice.submit(kept.order.typedData, kept.order.signature))
  await alice.authorise({ operation: 'enrol', key: alice.device.text, purpose: 'device', hosted: true })
  await alice.bind()
  for (const post of [mine.first, mine.second]) {
    const again = await alice.put(alice.seal(post.path, decode(post.value)))
    assert.deepEqual([again.cid, again.uri], [post.cid, post.uri], 'the same content at the same place: replies and likes still point there')
  }
  await alice.put(alice.post('I am back'))
  await shows('Mine, the first', 'Mine, the second', 'I am back')
})

step('whatever he sends now, over whichever server, nobody sees', async () => {
  const network = alice.network
  const forged = [
    thief.post('From a key that has ended'),
    ...kept,
    seal(network, { did: alice.did, path: mine.first.path, value: text('Overwritten again') }, thief.device),
    seal(network, { did: alice.did, path: mine.second.path, value: null }, thief.device),
    seal(network, { did: alice.did, path: 'net.metanet.account.status/self', value: { $type: 'net.metanet.account.status', status: 'deleted', createdAt: new Date().toISOString() } }, thief.device),
    seal(network, { did: alice.did, path: 'app.bsky.feed.post/3zzzzzzzzzzzz', value: text('By nobody') }, new DeviceKey()),
  ]
  for (const node of nodes()) {
    for (const bundle of forged) {
      const code = await thief.at(node).send(bundle.bytes).then((answer) => answer.results[0].status, (error) => error.code)
      assert.ok(['ExpiredKey', 'UnknownKey', 'NotHosted', 'superseded', 'duplicate'].includes(code), `${node.name} answers ${code}`)
    }
  }
  const last = await alice.put(alice.post('Still me')) // came after all of that
  await everywhere('it is there', async (node) => (await cidAt(node.url, last.uri)) === last.cid)
  await shows('Mine, the first', 'Mine, the second', 'I am back', 'Still me')
  for (const node of nodes()) {
    for (const forgery of [his.post, his.again, his.last]) assert.equal(await cidAt(node.url, forgery.uri), undefined)
    assert.ok(!(await getPublic(node.url)).some((item) => /Send me|still can/.test(item.post.record.text)))
  }
})

step('a server that starts only now sees the same, though the thief is the first whom it meets', async () => {
  const c = await anvil.node('c', ['--peer', (await b.about()).peer.addresses[0]])
  try {
    for (const bundle of [...kept, { bytes: thief.post('New here?').bytes }]) await thief.at(c).send(bundle.bytes).catch(() => undefined)
    const want = (await texts(a)).join()
    await eventually('c shows what a shows', async () => (await texts(c)).join() === want, 60_000)
    const audited = await metanet('audit', c.url, '--rpc', anvil.url, '--identity', alice.did)
    assert.equal(audited.code, 0, audited.stdout + audited.stderr)
  } finally {
    await c.stop()
  }
})

step('they stop', async () => {
  for (const node of [b, a]) assert.equal(await node.stop(), 0)
  await anvil.stop()
})
