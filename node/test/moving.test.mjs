// Moving home between real nodes: from a server that helps, from one that works
// against it, and from one that is gone. Afterwards everything is at the new home
// and readable at a third node, which the chain is with.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { Person } from './lib/person.mjs'
import { picture } from './lib/picture.mjs'
import { Node, metanet, scratch } from './lib/process.mjs'
import { cidAt, listRecords } from './lib/reads.mjs'
import { story } from './lib/story.mjs'
import { eventually } from './lib/until.mjs'
import { procedure, query, refused, upload } from './lib/xrpc.mjs'

let chainNode, old, home
const step = story(() => [chainNode, old, home])

const post = (text, more = {}) => ['app.bsky.feed.post', { text, createdAt: new Date().toISOString(), ...more }]
const rkey = ({ uri }) => uri.split('/').pop()
const begin = (person) => procedure(person.url, 'net.metanet.move.begin', {}, person.token)
const status = (person) => query(person.url, 'net.metanet.move.status', {}, person.token)

/** Signs in at the new home and begins the move; what the old home does then is up to the test. */
async function setOut(person) {
  const there = person.at(home)
  const grant = await there.signIn()
  assert.equal(grant.atName, person.atName, 'still the same person')
  return [there, await begin(there)]
}

/** One signature: the new home, and its key. */
async function arrive(there) {
  await there.authorise({ operation: 'enrol', purpose: 'hosted' })
  return eventually('the move is done', async () => {
    const now = await status(there)
    return now.done && now
  })
}

async function readable(made) {
  for (const node of [home, chainNode]) {
    for (const { uri, cid } of made) {
      await eventually(`${node.name} shows ${uri}`, async () => (await cidAt(node.url, uri)) === cid)
    }
  }
}

step('three nodes start', async () => {
  chainNode = await Node.up('chain')
  ;[old, home] = [await Node.up('old', ['--join', chainNode.url]), await Node.up('new', ['--join', chainNode.url])]
})

step('from a server that helps', async () => {
  const erin = await new Person('erin', old).arrive()
  const made = [await erin.put(erin.post('By my own device'))]
  for (let i = 0; i < 5; i++) made.push(await erin.create(...post(`Through my server ${i}`)))
  const gone = await erin.create(...post('I took this back'))
  await erin.remove('app.bsky.feed.post', rkey(gone))
  await eventually('the new server knows her', async () => (await cidAt(home.url, made.at(-1).uri)) === made.at(-1).cid)

  const [there, begun] = await setOut(erin)
  assert.equal(begun.from, (await old.about()).server.id)
  assert.equal(begun.fault, undefined)
  assert.ok(begun.fetched >= made.length + 1, `the old home exports: ${JSON.stringify(begun)}`)
  assert.deepEqual([begun.arrived, begun.done], [false, false])
  const done = await arrive(there)
  assert.equal(done.restored.late, 0, JSON.stringify(done))
  assert.ok(done.restored.signed >= 6, JSON.stringify(done))
  await readable(made)
  for (const node of [home, chainNode]) assert.equal(await cidAt(node.url, gone.uri), undefined, 'what was deleted stays so')
  await eventually('the old server has heard of it', async () => (await erin.identity(old.url)).home.server !== begun.from)
  await refused('HostedKeyNotAuthorised', erin.create(...post('The old server may not speak')))
  await readable([await there.create(...post('From the new home'))])
  // Who hears of the old key's end before the new signatures misses the posts in between.
  await eventually('a third node lists all of hers', async () => (await listRecords(chainNode.url, erin.did, 'app.bsky.feed.post')).length === made.length + 1)
})

step('from a server that deletes and forges once it hears of the move', async () => {
  const frank = await new Person('frank', old).arrive()
  const made = []
  for (let i = 0; i < 4; i++) made.push(await frank.create(...post(`Mine ${i}`)))
  await eventually('the new server has them', async () => (await cidAt(home.url, made.at(-1).uri)) === made.at(-1).cid)

  const [there] = await setOut(frank)
  // What a server can do with the key that it keeps:
  await frank.remove('app.bsky.feed.post', rkey(made[0]))
  await frank.replace('app.bsky.feed.post', rkey(made[1]), post('Not mine')[1])
  const forged = await frank.create(...post('Never said'))
  await eventually('the forgery is everywhere', async () => (await cidAt(home.url, forged.uri)) === forged.cid)
  const done = await arrive(there)
  assert.ok(done.restored.late >= 1, `what came after the move had begun is told: ${JSON.stringify(done)}`)
  await readable(made)
  for (const node of [home, chainNode]) {
    await eventually(`${node.name} hides the forgery`, async () => (await cidAt(node.url, forged.uri)) === undefined)
  }
})

step('from a server that is gone, with an archive of her own', async () => {
  const gina = await new Person('gina', old).arrive()
  const image = picture(200, 100)
  const blob = await gina.uploadBlob('image/png', image)
  const made = [await gina.create(...post('With a picture', { embed: { $type: 'app.bsky.embed.images', images: [{ alt: 'Noise', image: blob }] } }))]
  for (let i = 0; i < 3; i++) made.push(await gina.create(...post(`Words ${i}`)))
  await eventually('the others have them', async () => (await cidAt(home.url, made.at(-1).uri)) === made.at(-1).cid && (await cidAt(home.url, made[0].uri)) === made[0].cid)
  const getBlob = (node) => `${node.url}/xrpc/com.atproto.sync.getBlob?${new URLSearchParams({ did: gina.atName, cid: blob.ref.$link })}`
  await eventually('the picture, too', async () => (await fetch(getBlob(home))).ok)
  const archive = join(scratch, 'gina.archive')
  const exported = await metanet('export', gina.did, '--server', old.url, '--out', archive)
  assert.equal(exported.code, 0, exported.stderr)
  assert.match(exported.stdout, /^\d+ records, 1 file and /)
  const records = await (await fetch(`${old.url}/xrpc/net.metanet.repo.export?did=${gina.did}`)).arrayBuffer()
  await old.stop('SIGKILL')

  const [there, begun] = await setOut(gina)
  assert.match(begun.fault, /\w/, 'the old home does not answer')
  await upload(home.url, 'net.metanet.move.bring', 'application/vnd.metanet.bundles+cbor', new Uint8Array(records), there.token)
  const done = await arrive(there)
  assert.ok(done.restored.signed >= made.length, JSON.stringify(done))
  await readable(made)
  for (const node of [home, chainNode]) {
    await eventually(`${node.name} has the picture`, async () => {
      const answer = await fetch(getBlob(node))
      return answer.ok && image.equals(Buffer.from(await answer.arrayBuffer()))
    })
  }
})
