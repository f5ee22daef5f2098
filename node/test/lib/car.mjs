// The records of an AT repository in a CAR file, read without the node's code:
// CARv1 (https://ipld.io/specs/transport/car/carv1/), commit and Merkle search
// tree (https://atproto.com/specs/repository).
import { CID } from 'multiformats/cid'
import { readFile } from 'node:fs/promises'
import { decode } from './record.mjs'

/** Answers a map from path to { cid, bytes }. */
export async function readCar(file) {
  const { roots, blocks } = parse(new Uint8Array(await readFile(file)))
  const records = new Map()
  walk(decode(blocks.get(String(roots[0]))).data, blocks, records)
  return records
}

function parse(bytes) {
  let at = 0
  const varint = () => {
    for (let n = 0, factor = 1; ; factor *= 128) {
      const b = bytes[at++]
      n += (b & 0x7f) * factor
      if (b < 0x80) return n
    }
  }
  const take = (length) => bytes.subarray(at, (at += length))
  const { roots } = decode(take(varint()))
  const blocks = new Map()
  while (at < bytes.length) {
    const section = take(varint())
    const [cid, data] = CID.decodeFirst(section)
    blocks.set(String(cid), data)
  }
  return { roots, blocks }
}

function walk(node, blocks, records) {
  if (!node) return
  const { l, e } = decode(blocks.get(String(node)))
  walk(l, blocks, records)
  let key = new Uint8Array()
  for (const { p, k, v, t } of e) {
    key = Uint8Array.of(...key.subarray(0, p), ...k)
    records.set(Buffer.from(key).toString(), { cid: String(v), bytes: blocks.get(String(v)) })
    walk(t, blocks, records)
  }
}
