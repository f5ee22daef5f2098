// XRPC as any client speaks it (https://atproto.com/specs/xrpc).
import assert from 'node:assert/strict'
import { eventually } from './until.mjs'

export class XrpcError extends Error {
  constructor(status, body) {
    super(`${status} ${body.error}: ${body.message}`)
    Object.assign(this, { status, code: body.error, detail: body.message })
  }
}

async function call(url, init, token) {
  const headers = { ...init.headers, ...(token && { authorization: `Bearer ${token}` }) }
  const answer = await fetch(url, { ...init, headers, redirect: 'error' })
  const text = await answer.text()
  let body
  try {
    body = JSON.parse(text)
  } catch {
    throw new Error(`${url} answered ${answer.status} with no JSON: ${text.slice(0, 200)}`)
  }
  if (!answer.ok) throw new XrpcError(answer.status, body)
  return body
}

export function query(url, nsid, params = {}, token) {
  return call(`${url}/xrpc/${nsid}?${new URLSearchParams(params)}`, {}, token)
}

export function procedure(url, nsid, input, token) {
  const init = { method: 'POST' }
  if (input !== undefined) Object.assign(init, { headers: { 'content-type': 'application/json' }, body: JSON.stringify(input) })
  return call(`${url}/xrpc/${nsid}`, init, token)
}

export function upload(url, nsid, type, body, token) {
  return call(`${url}/xrpc/${nsid}`, { method: 'POST', headers: { 'content-type': type }, body }, token)
}

/** Bytes of any path, with the answer's headers. */
export async function bytes(url) {
  const answer = await fetch(url)
  assert.equal(answer.status, 200, `${url} answered ${answer.status}`)
  return { headers: answer.headers, bytes: new Uint8Array(await answer.arrayBuffer()) }
}

/** Repeats a call while the server asks for patience: strangers' calls are rated. */
export async function patiently(work) {
  const outcome = () => work().then((answer) => ({ answer }), (error) => ({ error }))
  const { answer, error } = await eventually('the server takes the call', async () => {
    const done = await outcome()
    return done.error?.code !== 'RateLimitExceeded' && done
  }, 60_000)
  if (error) throw error
  return answer
}

/** Wants a call to be refused with this code, and with a sentence for people. */
export async function refused(code, promise, pattern = /\w{3,}/) {
  const error = await promise.then(
    (answer) => assert.fail(`not refused: ${JSON.stringify(answer)}`),
    (error) => error,
  )
  if (!(error instanceof XrpcError)) throw error
  assert.equal(error.code, code, error.message)
  assert.ok(error.status >= 400 && error.status < 500, `${error.message}: a fault of the caller's is a 4xx`)
  assert.match(error.detail, pattern)
  return error
}
