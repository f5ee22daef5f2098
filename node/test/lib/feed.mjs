// A subscriber of net.metanet.sync.subscribe.
import WebSocket from 'ws'
import { cidOf, decode, encode } from './record.mjs'

/** Collects frames from a cursor on; close() ends it. */
export function subscribe(url, params = {}) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/xrpc/net.metanet.sync.subscribe?${new URLSearchParams(params)}`)
  const feed = { frames: [], error: undefined, closed: false, close: () => socket.close() }
  socket.on('message', (data) => {
    const frame = decode(new Uint8Array(data))
    if (frame.error) feed.error = frame
    else feed.frames.push({ ...frame, id: idOf(frame.bundle) })
  })
  socket.on('error', () => undefined) // 'close' follows
  socket.on('close', () => (feed.closed = true))
  return feed
}

/** The id of a bundle's record: the CID of its envelope. */
function idOf(bundle) {
  const [envelope] = decode(bundle)
  return cidOf(encode(envelope)).toString()
}
