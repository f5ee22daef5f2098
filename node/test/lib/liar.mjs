// A server in the middle that passes everything on, but for the answers it lies
// about: in front of a node, or of a chain's RPC.
import { createServer } from 'node:http'
import { once } from 'node:events'

/**
 * alter(request, body) gets { path, params, call } and the parsed JSON (or the
 * bytes) of an answer; it answers what to say instead, or undefined for a 404.
 */
export async function liar(target, alter) {
  const server = createServer(async (req, res) => {
    const url = new URL(req.url, target)
    const chunks = []
    for await (const chunk of req) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    try {
      const answer = await fetch(url, {
        method: req.method,
        headers: { 'content-type': req.headers['content-type'] ?? '' },
        ...(body.length > 0 && { body }),
      })
      const bytes = Buffer.from(await answer.arrayBuffer())
      const type = answer.headers.get('content-type') ?? ''
      const isJson = type.startsWith('application/json')
      const request = { path: url.pathname, params: url.searchParams, call: tryJson(body) }
      const said = alter(request, isJson ? JSON.parse(bytes) : bytes)
      if (said === undefined) return reply(res, 404, 'application/json', '{"error":"NotFound","message":"not here"}')
      reply(res, answer.status, type, isJson ? JSON.stringify(said) : said)
    } catch (error) {
      reply(res, 502, 'text/plain', String(error))
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

function reply(res, status, type, body) {
  res.writeHead(status, { 'content-type': type })
  res.end(body)
}

function tryJson(body) {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** A port on which nobody listens (any more). */
export async function deadPort() {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}
