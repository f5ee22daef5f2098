// The AT name: a did:plc *is* the hash of its genesis operation, so the page can
// see for itself, without a directory, what it is about to sign a binding to.
// https://web.plc.directory/spec/v0.1/did-plc

import * as dagCbor from '@ipld/dag-cbor'
import { base32 } from 'multiformats/bases/base32'
import { sha256 } from '../bytes.ts'
import type { Value } from '../record/atjson.ts'

export interface Expected {
  atName: string
  did: string
  /** The handle that the operation has to carry; not given where the record beside it says another one. */
  handle?: string
  /** did:key of the person's own rotation key, when one was just made. */
  rotationKey?: string
}

/** Throws unless the operation is what the person was told it is. */
export async function checkOperation(operation: Value, want: Expected): Promise<void> {
  if (!isMap(operation)) throw new Error('The AT name came without its operation.')
  if ((await plcName(operation)) !== want.atName) throw new Error('The AT name is not the hash of its operation.')
  const names = strings(operation['alsoKnownAs'])
  if (!names.includes(want.did)) throw new Error('The AT name does not point back to your identity.')
  if (want.handle && !names.includes(`at://${want.handle}`)) throw new Error('The AT name carries another handle than yours.')
  if (want.rotationKey && strings(operation['rotationKeys'])[0] !== want.rotationKey) {
    throw new Error('Your recovery key is not the first key of the AT name.')
  }
}

/** did:plc: the first 24 characters of base32(sha2-256(DAG-CBOR signed operation)). */
export async function plcName(operation: Value): Promise<string> {
  return 'did:plc:' + base32.baseEncode(await sha256(dagCbor.encode(operation))).slice(0, 24)
}

const isMap = (v: Value): v is { [field: string]: Value } =>
  typeof v === 'object' && v !== null && !Array.isArray(v) && !(v instanceof Uint8Array)

const strings = (v: Value | undefined): string[] =>
  Array.isArray(v) ? v.filter((x): x is string => typeof x === 'string') : []
