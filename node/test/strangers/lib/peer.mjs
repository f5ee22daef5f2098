// Peers of other makes in this process: js-libp2p with gossipsub, and Helia with
// Bitswap above it.
import { withBitswap } from '@helia/bitswap'
import { withLibp2pLight } from '@helia/libp2p'
import { gossipsub } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createHeliaLight } from 'helia'
import { messageId } from './wire.mjs'

const libp2p = (services = {}) => ({
  addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  services: { identify: identify(), ...services },
})

/** Helia alone: Bitswap, no other way to find anything. */
export async function heliaPeer(services) {
  const helia = withBitswap(withLibp2pLight(createHeliaLight(), libp2p(services)))
  await helia.start()
  return helia
}

/** Helia that also follows gossip as section 11 has it. */
export const gossipPeer = () => heliaPeer({ pubsub: gossipsub({ globalSignaturePolicy: 'StrictNoSign', msgIdFn: messageId }) })

/** Connects a peer to a node. */
export const meet = (helia, about) => helia.libp2p.dial(multiaddr(about.peer.addresses.find((a) => a.includes('/tcp/'))))

/** Where a peer listens. */
export const addressOf = (helia) => String(helia.libp2p.getMultiaddrs()[0])

/** Sends a request and answers everything that comes back. */
export async function ask(connection, protocol, request) {
  const stream = await connection.newStream(protocol)
  stream.send(request)
  await stream.close()
  return everything(stream)
}

/** Answers requests of others, each of so many bytes. */
export const serve = (helia, protocol, length, answer) =>
  helia.libp2p.handle(protocol, async (stream) => {
    let request = Buffer.alloc(0)
    for await (const part of stream) {
      request = Buffer.concat([request, part.subarray()])
      if (request.length >= length) break
    }
    stream.send(answer(request))
    await stream.close()
  })

async function everything(stream) {
  const parts = []
  for await (const part of stream) parts.push(part.subarray())
  return Buffer.concat(parts)
}
