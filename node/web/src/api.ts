// XRPC, as the page uses it. Errors carry the server's code and its words.

export class ApiError extends Error {
  override name = 'ApiError'
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

type Params = Record<string, string | number | undefined>

export interface Call {
  params?: Params
  /** An object goes as JSON, bytes and blobs as they are. */
  body?: object
  type?: string
  token?: string | undefined
}

export const query = <T>(nsid: string, call: Call = {}): Promise<T> => send<T>('GET', nsid, call)
export const procedure = <T>(nsid: string, call: Call = {}): Promise<T> => send<T>('POST', nsid, call)

async function send<T>(method: string, nsid: string, { params, body, type, token }: Call): Promise<T> {
  const headers = new Headers({ accept: 'application/json' })
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
  const raw = body instanceof Blob || body instanceof Uint8Array
  if (body !== undefined) headers.set('content-type', raw ? (type ?? 'application/octet-stream') : 'application/json')
  const payload = body === undefined || raw ? (body as BodyInit | undefined) : JSON.stringify(body)
  const response = await fetch(address(nsid, params), { method, headers, body: payload ?? null }).catch(unreachable)
  const answer: unknown = await response.json().catch(() => undefined)
  if (!response.ok) throw failure(response.status, answer)
  return answer as T
}

/** Fetches a file, whole: the browser keeps it on disk where it is large. */
export async function download(nsid: string, token: string): Promise<{ blob: Blob; name: string }> {
  const response = await fetch(address(nsid), { headers: { authorization: `Bearer ${token}` } }).catch(unreachable)
  if (!response.ok) throw failure(response.status, await response.json().catch(() => undefined))
  const name = /filename="([^"]*)"/.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? ''
  return { blob: await response.blob(), name }
}

function address(nsid: string, params: Params = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(params)) if (value !== undefined) search.set(name, String(value))
  return `/xrpc/${nsid}` + (search.size > 0 ? `?${search}` : '')
}

function unreachable(): never {
  throw new ApiError(0, 'Unreachable', 'The server cannot be reached. Nothing was sent; try again.')
}

function failure(status: number, answer: unknown): ApiError {
  const { error, message } = (answer ?? {}) as { error?: string; message?: string }
  return new ApiError(status, error ?? 'Unknown', message ?? `The server answered ${status}.`)
}
