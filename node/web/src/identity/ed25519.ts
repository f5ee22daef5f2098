// The one acceptance rule of Ed25519 (docs/protocol.md, section 4), as every node
// applies it. WebCrypto's differs between browsers on hostile input; ours may not.
// Plain big integers: slow, and not constant in time, so only for what is public.

import { type Bytes, concat } from '../bytes.ts'

const P = 2n ** 255n - 19n
const L = 2n ** 252n + 27742317777372353535851937790883648493n

const mod = (n: bigint): bigint => ((n % P) + P) % P

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let b = mod(base), e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * b) % P
    b = (b * b) % P
  }
  return result
}

const inverse = (n: bigint): bigint => power(n, P - 2n)
const D = mod(-121665n * inverse(121666n))
const ROOT_OF_MINUS_1 = power(2n, (P - 1n) / 4n)

/** A point of the curve, projective: x = X/Z, y = Y/Z. */
interface Point {
  X: bigint
  Y: bigint
  Z: bigint
}

const NEUTRAL: Point = { X: 0n, Y: 1n, Z: 1n }

// The complete addition of twisted Edwards curves, a = -1 (RFC 8032, 5.1.4, without T).
function add(p: Point, q: Point): Point {
  const a = (p.Z * q.Z) % P
  const b = (a * a) % P
  const c = (p.X * q.X) % P
  const d = (p.Y * q.Y) % P
  const e = (D * ((c * d) % P)) % P
  const f = mod(b - e)
  const g = mod(b + e)
  return {
    X: mod(((a * f) % P) * mod((p.X + p.Y) * (q.X + q.Y) - c - d)),
    Y: mod(((a * g) % P) * mod(d + c)),
    Z: mod(f * g),
  }
}

function times(n: bigint, p: Point): Point {
  let result = NEUTRAL
  for (let q = p; n > 0n; n >>= 1n) {
    if (n & 1n) result = add(result, q)
    q = add(q, q)
  }
  return result
}

const same = (p: Point, q: Point): boolean => mod(p.X * q.Z - q.X * p.Z) === 0n && mod(p.Y * q.Z - q.Y * p.Z) === 0n

function littleEndian(bytes: Uint8Array): bigint {
  let n = 0n
  for (let i = bytes.length - 1; i >= 0; i--) n = (n << 8n) | BigInt(bytes[i]!)
  return n
}

/** The point of a canonical encoding (RFC 8032, 5.1.3), undefined for any other 32 bytes. */
function decode(bytes: Uint8Array): Point | undefined {
  if (bytes.length !== 32) return undefined
  const n = littleEndian(bytes)
  const odd = n >> 255n
  const y = n & (2n ** 255n - 1n)
  if (y >= P) return undefined
  const u = mod(y * y - 1n)
  const v = mod(D * y * y + 1n)
  let x = mod(u * power(v, 3n) * power(mod(u * power(v, 7n)), (P - 5n) / 8n))
  if (mod(v * x * x) === mod(-u)) x = mod(x * ROOT_OF_MINUS_1)
  if (mod(v * x * x) !== u) return undefined
  if (x === 0n && odd === 1n) return undefined
  if ((x & 1n) !== odd) x = P - x
  return { X: x, Y: y, Z: 1n }
}

const smallOrder = (p: Point): boolean => same(times(8n, p), NEUTRAL)

const BASE = decode(Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 0x58 : 0x66)))!

/** Whether nodes take 32 bytes for somebody's key: canonical, on the curve, not of small order. */
export function goodKey(publicKey: Uint8Array): boolean {
  const point = decode(publicKey)
  return point !== undefined && !smallOrder(point)
}

/** Whether nodes take a signature: S < L, A and R canonical, A not of small order, the cofactored equation. */
export async function verify(publicKey: Uint8Array, message: Bytes, signature: Uint8Array): Promise<boolean> {
  if (signature.length !== 64 || !goodKey(publicKey)) return false
  const a = decode(publicKey)!
  const r = decode(signature.subarray(0, 32))
  const s = littleEndian(signature.subarray(32))
  if (!r || s >= L) return false
  const hash = await crypto.subtle.digest('SHA-512', concat(signature.subarray(0, 32), publicKey, message))
  const k = littleEndian(new Uint8Array(hash)) % L
  return same(times(8n * s, BASE), times(8n, add(r, times(k, a))))
}
