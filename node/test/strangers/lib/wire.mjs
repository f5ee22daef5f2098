// Gossip and catch-up as docs/protocol.md, sections 5 and 11, have them: written
// from that page, sharing no code with the node.
import assert from 'node:assert/strict'
import { decode, encode, sha256, strictly, unseal } from '../../lib/record.mjs'

export const SHARDS = 16

export const prefix = (about) => `/metanet/1/${about.network}`
export const topicOf = (about, shard) => `${prefix(about)}/records/${shard}`
export const shardOf = (did) => Number(sha256(Buffer.from(did)).readBigUInt64BE() % BigInt(SHARDS))

/** The id of a gossip message. */
export const messageId = ({ topic, data }) => sha256(Buffer.concat([Buffer.from(topic), Buffer.of(0), data])).subarray(0, 20)

export const message = (...bundles) => encode(bundles.map((bytes) => decode(bytes)))

/** Takes a gossip message apart, and checks what shows in the bytes alone. */
export function openMessage(network, data) {
  const bundles = strictly(data)
  assert.ok(Array.isArray(bundles) && bundles.length >= 1 && bundles.length <= 256)
  return bundles.map((bundle) => unseal(network, encode(bundle)))
}

const REFUSAL = 4
const HEADER = 1
const FRAME = 2
const END = 3

export const PULL_REQUEST = 28 // bytes

/** The pull protocol's request. */
export function pullRequest({ store = Buffer.alloc(16), after = 0n, limit = 0 } = {}) {
  const request = Buffer.alloc(PULL_REQUEST)
  Buffer.from(store).copy(request)
  request.writeBigUInt64BE(after, 16)
  request.writeUInt32BE(limit, 24)
  return request
}

/** A whole answer of the pull protocol. */
export function readPull(bytes) {
  const answer = { frames: [] }
  let at = 0
  const take = (n) => {
    assert.ok(at + n <= bytes.length, 'cut short')
    return bytes.subarray(at, (at += n))
  }
  for (;;) {
    const kind = take(1)[0]
    const body = take(take(4).readUInt32BE())
    if (kind === REFUSAL) return { refused: { reason: body[0], wait: body.readUInt16BE(1) } }
    if (kind === HEADER) Object.assign(answer, { store: body.subarray(0, 16), newest: body.readBigUInt64BE(16), from: body.readBigUInt64BE(24) })
    else if (kind === FRAME) answer.frames.push({ seq: body.readBigUInt64BE(), bundle: body.subarray(8) })
    else {
      assert.equal(kind, END)
      assert.equal(at, bytes.length, 'nothing follows the end')
      return { ...answer, last: body.readBigUInt64BE() }
    }
  }
}

/** What a peer answers that has these bundles, as changes 1, 2, … of its store. */
export function writePull(request, store, bundles) {
  const ours = request.subarray(0, 16).equals(store)
  const from = ours ? request.readBigUInt64BE(16) : 0n
  const limit = request.readUInt32BE(24) || bundles.length
  const newest = u64(BigInt(bundles.length))
  const frames = bundles.map((bytes, i) => ({ seq: BigInt(i + 1), bytes })).filter(({ seq }) => seq > from).slice(0, limit)
  const last = frames.at(-1)?.seq ?? from
  return Buffer.concat([
    part(HEADER, store, newest, u64(from)),
    ...frames.map(({ seq, bytes }) => part(FRAME, u64(seq), bytes)),
    part(END, u64(last)),
  ])
}

function u64(n) {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(n)
  return bytes
}

function part(kind, ...bodies) {
  const body = Buffer.concat(bodies)
  const head = Buffer.alloc(5)
  head[0] = kind
  head.writeUInt32BE(body.length, 1)
  return Buffer.concat([head, body])
}
