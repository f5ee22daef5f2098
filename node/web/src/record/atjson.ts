// AT Protocol's JSON spelling of the data model ($link, $bytes) and the values
// themselves, as @ipld/dag-cbor understands them.
// https://atproto.com/specs/data-model#json-representation

import { CID } from 'multiformats/cid'
import { fromBase64, toBase64 } from '../bytes.ts'

export type Value = null | boolean | number | string | Uint8Array | CID | Value[] | { [field: string]: Value }

/** Turns a parsed AT-JSON document into the value it spells. */
export function fromAtJson(json: unknown): Value {
  if (Array.isArray(json)) return json.map(fromAtJson)
  if (json === null || typeof json === 'boolean' || typeof json === 'string') return json
  if (typeof json === 'number') return integer(json)
  if (typeof json !== 'object') throw new Error(`no such value in the data model: ${typeof json}`)
  return fromObject(json as Record<string, unknown>)
}

function fromObject(json: Record<string, unknown>): Value {
  const names = Object.keys(json)
  if (names.length === 1 && typeof json['$link'] === 'string') return CID.parse(json['$link'])
  if (names.length === 1 && typeof json['$bytes'] === 'string') return fromBase64(json['$bytes'])
  return Object.fromEntries(names.map((name) => [name, fromAtJson(json[name])]))
}

/** The document that spells a value: fromAtJson's inverse. */
export function toAtJson(value: Value): unknown {
  if (Array.isArray(value)) return value.map(toAtJson)
  if (value === null || typeof value !== 'object') return value
  const cid = CID.asCID(value)
  if (cid) return { $link: cid.toString() }
  if (value instanceof Uint8Array) return { $bytes: toBase64(value).replace(/=+$/, '') }
  return Object.fromEntries(Object.entries(value).map(([name, v]) => [name, toAtJson(v as Value)]))
}

// The data model knows no floats.
function integer(n: number): number {
  if (!Number.isSafeInteger(n)) throw new Error(`not an integer within 53 bits: ${n}`)
  return n
}
