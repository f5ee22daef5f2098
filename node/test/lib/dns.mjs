// A name server of a few TXT records (RFC 1035), so that handles can be proved
// without anybody else's DNS.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'

const TXT = 16
const NXDOMAIN = 3

export class NameServer {
  #records = new Map()
  #socket = createSocket('udp4')

  static async start() {
    const server = new NameServer()
    server.#socket.on('message', (query, from) => server.#socket.send(server.#answer(query), from.port, from.address))
    server.#socket.bind(0, '127.0.0.1').unref()
    await once(server.#socket, 'listening')
    return server
  }

  get address() {
    return `127.0.0.1:${this.#socket.address().port}`
  }

  /** Sets the TXT records of a name; with no texts it doesn't exist. */
  txt(name, ...texts) {
    this.#records.set(name, texts)
  }

  #answer(query) {
    const labels = []
    let at = 12
    for (; query[at]; at += query[at] + 1) labels.push(query.toString('latin1', at + 1, at + 1 + query[at]))
    const question = query.subarray(12, at + 5)
    const wantsTXT = query.readUInt16BE(at + 1) === TXT
    const texts = this.#records.get(labels.join('.').toLowerCase()) ?? []
    const answers = wantsTXT ? texts.map(record) : []
    const head = Buffer.alloc(12)
    query.copy(head, 0, 0, 2)
    head.writeUInt16BE(0x8580 | (texts.length ? 0 : NXDOMAIN), 2) // a response, authoritative
    head.writeUInt16BE(1, 4)
    head.writeUInt16BE(answers.length, 6)
    return Buffer.concat([head, question, ...answers])
  }
}

function record(text) {
  const data = Buffer.from(text)
  const head = Buffer.alloc(13)
  head.writeUInt16BE(0xc00c, 0) // the question's name
  head.writeUInt16BE(TXT, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt32BE(60, 6)
  head.writeUInt16BE(data.length + 1, 10)
  head[12] = data.length
  return Buffer.concat([head, data])
}
