// Pictures and records by their CIDs, between a node and IPFS as others made it:
// Helia and kubo fetch ours by Bitswap and from the gateway, and we fetch theirs.
import assert from 'node:assert/strict'
import { after } from 'node:test'
import { CID } from 'multiformats/cid'
import { Person } from '../lib/person.mjs'
import { picture } from '../lib/picture.mjs'
import { Node } from '../lib/process.mjs'
import { getRecord } from '../lib/reads.mjs'
import { RAW, cidOf } from '../lib/record.mjs'
import { story } from '../lib/story.mjs'
import { eventually } from '../lib/until.mjs'
import { bytes } from '../lib/xrpc.mjs'
import { Helia } from './lib/helia.mjs'
import { Kubo, ipfs } from './lib/kubo.mjs'

let server, about, alice
let ours // by CID: a value, a small picture, the root of a large one
const small = picture(200, 150)
const large = picture(800, 560) // above 1 MiB
const guests = []

const step = story(() => [server])
after(() => Promise.all(guests.map((guest) => guest.stop())))

const embed = (...blobs) => ({ $type: 'app.bsky.embed.images', images: blobs.map((image) => ({ alt: 'Noise', image })) })
const theirs = (ref, { length: size }) => ({ $type: 'blob', ref, size, mimeType: 'image/png' })

/** Has the server keep pictures in a post of Alice's; answers that, as the server reads it. */
const written = async (text, ...images) => {
  const blobs = []
  for (const image of images) blobs.push(await alice.uploadBlob('image/png', image))
  const { uri } = await alice.create('app.bsky.feed.post', { text, createdAt: new Date().toISOString(), embed: embed(...blobs) })
  const { cid, value } = await getRecord(server.url, uri)
  const roots = blobs.map(({ ref }) => value['net.metanet.dag']?.[ref.$link]?.$link)
  return { cid: CID.parse(cid), blobs: blobs.map(({ ref }) => CID.parse(ref.$link)), roots: roots.map((root) => root && CID.parse(root)) }
}

step('a server with a post and two pictures', async () => {
  server = await Node.up('server')
  about = await server.about()
  alice = await new Person('alice', server).arrive()
  const { cid, blobs, roots } = await written('Two', small, large)
  ours = { value: cid, small: blobs[0], root: roots[1] }
})

const noKubo = !ipfs && 'METANET_IPFS names no kubo (.ci/tools builds it)'
const kinds = [['Helia', () => Helia.start()], ['kubo', () => Kubo.start(), noKubo]]
for (const [name, start, missing] of kinds) {
  const stepWith = missing ? (what) => step(what, (t) => t.skip(missing)) : step
  let guest

  stepWith(`${name} fetches ours by Bitswap`, async () => {
    guests.push((guest = await start()))
    await guest.meet(about)
    assert.deepEqual(Buffer.from(await guest.block(ours.small)), small)
    assert.ok(cidOf(await guest.block(ours.value)).equals(ours.value))
    assert.deepEqual(Buffer.from(await guest.file(ours.root)), large)
  })

  stepWith(`we fetch what ${name} keeps`, async () => {
    const [one, many] = [picture(200, 150), picture(800, 560)]
    const root = await guest.putFile(many)
    const blobs = [theirs(await guest.putBlock(one), one), theirs(cidOf(many, RAW), many)]
    await alice.put(alice.post(`Kept by ${name}`, { embed: embed(...blobs), 'net.metanet.dag': { [String(blobs[1].ref)]: root } }))
    for (const [i, image] of [one, many].entries()) {
      const url = `${server.url}/xrpc/com.atproto.sync.getBlob?${new URLSearchParams({ did: alice.atName, cid: blobs[i].ref })}`
      await eventually('the server has fetched it', async () => (await fetch(url)).ok, 60_000)
      assert.deepEqual(Buffer.from((await bytes(url)).bytes), image)
    }
  })
}

step('Helia fetches ours from the gateway', async () => {
  const guest = await Helia.behind(server.url)
  guests.push(guest)
  assert.deepEqual(Buffer.from(await guest.block(ours.small)), small)
  assert.deepEqual(Buffer.from(await guest.file(ours.root)), large)
})

step('kubo reads the gateway’s CAR', async (t) => {
  if (noKubo) return t.skip(noKubo)
  const kubo = guests.find((guest) => guest instanceof Kubo)
  const image = picture(900, 500) // which it has not had by Bitswap
  const { roots: [root] } = await written('Another', image)
  const { bytes: car } = await bytes(`${server.url}/ipfs/${root}?format=car`)
  assert.deepEqual(Buffer.from(await kubo.importFile(root, car)), image)
})
