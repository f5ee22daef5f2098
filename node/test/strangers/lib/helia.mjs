// Helia, the IPFS node in JavaScript, as a keeper of blocks.
import { fallbackRouter } from '@helia/fallback-router'
import { withHTTP } from '@helia/http'
import { unixfs } from '@helia/unixfs'
import { createHeliaLight } from 'helia'
import { cidOf, RAW } from '../../lib/record.mjs'
import { heliaPeer, meet } from './peer.mjs'

const LEAF = 1 << 20
const PATIENCE_MILLIS = 60_000
const patience = () => ({ signal: AbortSignal.timeout(PATIENCE_MILLIS) })

export class Helia {
  name = 'Helia'

  /** One that finds blocks at whom it is connected with. */
  static async start() {
    return Object.assign(new Helia(), { helia: await heliaPeer() })
  }

  /** One that finds blocks at a trustless gateway, and nowhere else. */
  static async behind(gateway) {
    const helia = withHTTP(createHeliaLight(), { delegatedRouters: [], recursiveGateways: [], allowInsecure: true, allowLocal: true })
    // Helia waits for ever for its first routers if it has fallbacks alone.
    helia.addRouter(Object.assign(fallbackRouter({ gateways: [gateway] }), { capabilities: undefined }))
    await helia.start()
    return Object.assign(new Helia(), { helia })
  }

  meet(about) {
    return meet(this.helia, about)
  }

  /** A block by CID. */
  block(cid) {
    return joined(this.helia.blockstore.get(cid, patience()))
  }

  /** A file by the root of its UnixFS DAG. */
  file(root) {
    return joined(unixfs(this.helia).cat(root, patience()))
  }

  async putBlock(bytes) {
    const cid = cidOf(bytes, RAW)
    await this.helia.blockstore.put(cid, bytes)
    return cid
  }

  /** Section 10: raw leaves of 1 MiB. */
  putFile(bytes) {
    return unixfs(this.helia).addBytes(bytes, { rawLeaves: true, cidVersion: 1, chunker: leaves })
  }

  stop() {
    return this.helia.stop()
  }
}

async function* leaves(source) {
  const bytes = await joined(source)
  for (let at = 0; at < bytes.length; at += LEAF) yield bytes.subarray(at, at + LEAF)
}

async function joined(source) {
  const parts = []
  for await (const part of await source) parts.push(part)
  return Buffer.concat(parts)
}
