// A line between two nodes, in user space: TCP and UDP on one port of 127.0.0.1 are
// passed on to another address, slowly, late, in part or not at all, each way by
// rules of its own that may change while it runs. What it does is counted, so that a
// test can tell that it was done.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

// What waits for a slow line: beyond it TCP is not read on, and packets are dropped
// as a router does.
const QUEUE_BYTES = 256 << 10

/** One direction: its rules, and what they did. */
class Way {
  delay = 0 // milliseconds that everything is late
  rate = Infinity // bytes a second
  loss = 0 // the share of packets that get lost (UDP: a stream that lost bytes would only break)
  done = { bytes: 0, lost: 0, late: 0, held: 0 }
  #open = Promise.resolve()
  #let
  #free = 0 // when the line has sent what was given to it

  /** Nothing passes until resume(): streams wait, packets are lost. */
  stop() {
    if (!this.#let) this.#open = new Promise((done) => (this.#let = done))
  }

  resume() {
    this.#let?.()
    this.#let = undefined
  }

  get stopped() {
    return this.#let !== undefined
  }

  /** How many bytes wait at this rate. */
  #waiting(now) {
    return this.rate === Infinity ? 0 : (Math.max(0, this.#free - now) / 1000) * this.rate
  }

  /** When bytes that are sent now arrive. */
  #arrival(bytes, now) {
    this.#free = Math.max(this.#free, now) + (this.rate === Infinity ? 0 : (bytes / this.rate) * 1000)
    this.done.bytes += bytes
    if (this.delay > 0) this.done.late++
    return this.#free + this.delay
  }

  /** Waits until a stream may give more; answers when it arrives. */
  async stream(bytes) {
    if (this.stopped) this.done.held++
    await this.#open
    for (let now; (now = performance.now()), this.#waiting(now) > QUEUE_BYTES; ) await sleep(10)
    return this.#arrival(bytes, performance.now())
  }

  /** When a packet arrives, undefined if it doesn't. */
  packet(bytes) {
    const now = performance.now()
    if (this.stopped || Math.random() < this.loss || this.#waiting(now) > QUEUE_BYTES) {
      this.done.lost++
      return undefined
    }
    return this.#arrival(bytes, now)
  }
}

export class Link {
  there = new Way() // from whoever dials
  back = new Way()
  #target
  #tcp
  #udp
  #streams = new Set()
  #packets = new Map() // the socket for each client, by its address
  #closed = false // what is still late is not sent any more

  static async to(host, { tcp, udp }) {
    const link = new Link()
    link.#target = { host, tcp, udp }
    link.#tcp = createServer({ allowHalfOpen: true }, (socket) => link.#carryStream(socket))
    link.#tcp.listen(0, '127.0.0.1')
    await once(link.#tcp, 'listening')
    link.port = link.#tcp.address().port
    link.#udp = createSocket('udp4', (data, from) => link.#carryPacket(data, from))
    link.#udp.bind(link.port, '127.0.0.1')
    await once(link.#udp, 'listening')
    return link
  }

  get ways() {
    return [this.there, this.back]
  }

  /** Breaks every connection of now. */
  cut() {
    for (const socket of this.#streams) socket.resetAndDestroy()
  }

  close() {
    this.#closed = true
    this.cut()
    this.#tcp.close()
    this.#udp.close()
    for (const socket of this.#packets.values()) socket.close()
  }

  #carryStream(near) {
    const far = connect({ host: this.#target.host, port: this.#target.tcp, localAddress: '127.0.0.1', allowHalfOpen: true })
    const ends = [near, far]
    for (const end of ends) {
      this.#streams.add(end)
      end.setNoDelay(true)
      end.on('error', () => undefined) // 'close' follows
      end.on('close', () => {
        this.#streams.delete(end)
        for (const each of ends) each.destroy()
      })
    }
    pipe(near, far, this.there)
    pipe(far, near, this.back)
  }

  #carryPacket(data, from) {
    const name = `${from.address}:${from.port}`
    let client = this.#packets.get(name)
    if (!client) {
      const socket = createSocket('udp4')
      socket.on('error', () => undefined) // nobody there: lost
      socket.on('message', (answer) => this.#deliver(this.back.packet(answer.length), () => this.#udp.send(answer, from.port, from.address)))
      this.#packets.set(name, (client = socket))
    }
    this.#deliver(this.there.packet(data.length), () => client.send(data, this.#target.udp, this.#target.host))
  }

  #deliver(at, send) {
    if (at !== undefined) setTimeout(() => this.#closed || send(), Math.max(0, at - performance.now()))
  }
}

/** Passes a stream on, in order; what is late doesn't hold up reading what follows. */
async function pipe(from, to, way) {
  let last = Promise.resolve()
  try {
    for await (const chunk of from) {
      const at = await way.stream(chunk.length)
      last = last.then(async () => {
        await sleep(Math.max(0, at - performance.now()))
        if (!to.destroyed && !to.write(chunk)) await Promise.race([once(to, 'drain'), once(to, 'close')])
      })
      last.catch(() => undefined)
      if (to.writableLength > QUEUE_BYTES) await last
    }
    await last
    to.end()
  } catch {
    to.destroy() // the other end is gone
  }
}
