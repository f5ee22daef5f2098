// Room for other people's pictures: beyond the budget the oldest are let go, and
// come back from their author's server when somebody asks for them.
import assert from 'node:assert/strict'
import { CID } from 'multiformats/cid'
import { Person } from './lib/person.mjs'
import { picture } from './lib/picture.mjs'
import { Node } from './lib/process.mjs'
import { cidAt } from './lib/reads.mjs'
import { story } from './lib/story.mjs'
import { eventually } from './lib/until.mjs'

const BUDGET = 1000 << 10 // three of the pictures, each of some 300 KiB

let author, reader, alice
const pictures = []
const step = story(() => [author, reader])

const room = async () => (await reader.status()).blobs.remote
const getBlob = ({ cid }) => fetch(`${reader.url}/xrpc/com.atproto.sync.getBlob?${new URLSearchParams({ did: alice.atName, cid })}`)

/** Whether the reader's server holds a picture: the gateway fetches nothing. */
const held = async ({ cid }) => (await fetch(`${reader.url}/ipfs/${cid}?format=raw`)).ok

const count = async (list) => (await Promise.all(list.map(held))).filter(Boolean).length

step('a server with little room for what others upload', async () => {
  author = await Node.up('author')
  reader = await Node.up('reader', ['--join', author.url, '--blobs-remote', String(BUDGET)])
  alice = await new Person('alice', author).arrive()
})

step('of eight pictures those stay that there is room for', async () => {
  for (let i = 0; i < 8; i++) {
    const bytes = picture(320, 320)
    const blob = await alice.uploadBlob('image/png', bytes)
    const image = { ...blob, ref: CID.parse(blob.ref.$link) }
    const embed = { $type: 'app.bsky.embed.images', images: [{ alt: `Noise ${i}`, image, aspectRatio: { width: 1, height: 1 } }] }
    const post = await alice.put(alice.post(`Picture ${i}`, { embed }))
    await eventually('the post is at the other server', () => cidAt(reader.url, post.uri))
    pictures.push({ cid: blob.ref.$link, bytes })
    await eventually('so is its picture', () => held(pictures[i]), 60_000)
  }
  const { bytes, budget } = await eventually('what is too much was let go', async () => {
    const now = await room()
    return now.bytes <= BUDGET && now
  }, 60_000)
  assert.equal(budget, BUDGET)
  assert.equal(bytes, pictures.slice(-3).reduce((sum, p) => sum + p.bytes.length, 0))
  assert.equal(await count(pictures), 3)
  assert.equal(await count(pictures.slice(-3)), 3, 'the newest')
  assert.match(await reader.metrics(), /^metanet_blob_bytes\{budget="remote"\} \d/m)
  assert.match((await reader.metanet('status')).stdout, /^blobs .* of 1000 KiB from elsewhere/m)
})

step('who asks for one that was let go gets it', async () => {
  const answer = await eventually('it comes back', async () => {
    const answer = await getBlob(pictures[0])
    return answer.ok && answer
  }, 60_000)
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), pictures[0].bytes)
  await eventually('another went for it', async () => (await room()).bytes <= BUDGET, 60_000)
  assert.ok(await held(pictures[0]), 'it has only just come')
  assert.equal(await count(pictures), 3)
})

step('its author has them all, whatever others let go', async () => {
  for (const { cid } of pictures) assert.ok((await fetch(`${author.url}/ipfs/${cid}?format=raw`)).ok)
})
