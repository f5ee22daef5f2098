// Records as docs/protocol.md, section 5, has them: a second implementation,
// written from that page and sharing no code with the node.
import * as dagCbor from '@ipld/dag-cbor'
import { ed25519 } from '@noble/curves/ed25519'
import { secp256k1 } from '@noble/curves/secp256k1'
import { base32 } from 'multiformats/bases/base32'
import { base58btc } from 'multiformats/bases/base58'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import assert from 'node:assert/strict'
import { createHash, randomBytes, randomInt } from 'node:crypto'

export const DAG_CBOR = 0x71
export const RAW = 0x55
const SHA2_256 = 0x12

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest()
export const cidOf = (bytes, codec = DAG_CBOR) => CID.createV1(codec, Digest.create(SHA2_256, sha256(bytes)))
export const encode = (value) => dagCbor.encode(value)
export const decode = (bytes) => dagCbor.decode(bytes)

/** The 32 bytes of a network's text. */
export const parseNetwork = (text) => base32.baseDecode(text)

/** Section 2: what anybody computes from the chain alone. */
export function networkOf(chainId, genesis, registry) {
  return base32.baseEncode(sha256(encode([chainId, Buffer.from(genesis.slice(2), 'hex'), Buffer.from(registry.slice(2), 'hex')])))
}

/** An Ed25519 key that signs records. */
export class DeviceKey {
  #secret = ed25519.utils.randomPrivateKey()
  raw = ed25519.getPublicKey(this.#secret)
  multikey = Uint8Array.of(0xed, 0x01, ...this.raw)
  /** z6Mk… */
  text = base58btc.encode(this.multikey)
  /** As the contract has it. */
  hex = `0x${Buffer.from(this.raw).toString('hex')}`

  sign(message) {
    return ed25519.sign(message, this.#secret)
  }
}

/** A person's own rotation key, as did:key. */
export function rotationKey() {
  const key = secp256k1.getPublicKey(secp256k1.utils.randomPrivateKey(), true)
  return `did:key:${base58btc.encode(Uint8Array.of(0xe7, 0x01, ...key))}`
}

const SIGNED = Buffer.from('metanet/record/v1\n')
const MAX_BUNDLE = 128 << 10

/** Signs one record: { did, path, rev, value } with value null for a tombstone. */
export function seal(network, { did, path, rev = tid(), value }, key) {
  const bytes = value instanceof Uint8Array || value === null ? value : encode(value)
  const cid = bytes === null ? null : cidOf(bytes)
  const unsigned = { v: 1, did, path, rev, cid, key: key.multikey }
  const sig = key.sign(Buffer.concat([SIGNED, network, encode(unsigned)]))
  const envelope = encode({ ...unsigned, sig })
  return { id: cidOf(envelope).toString(), cid: cid?.toString(), path, rev, value: bytes, bytes: encode([decode(envelope), bytes]) }
}

/** Decodes what must be the one canonical encoding. */
export function strictly(bytes) {
  const item = decode(bytes)
  assert.deepEqual(Buffer.from(encode(item)), Buffer.from(bytes), 'not canonical')
  return item
}

/** Takes a bundle apart, and checks what shows in the bytes alone. */
export function unseal(network, bytes) {
  assert.ok(bytes.length <= MAX_BUNDLE)
  const [envelope, value, ...rest] = strictly(bytes)
  assert.equal(rest.length, 0)
  const { sig, ...unsigned } = envelope
  assert.deepEqual(Object.keys(envelope), ['v', 'cid', 'did', 'key', 'rev', 'sig', 'path'])
  assert.equal(envelope.v, 1)
  assert.match(envelope.rev, /^[2-7a-j][2-7a-z]{12}$/)
  if (value === null) assert.equal(envelope.cid, null)
  else assert.ok(CID.asCID(envelope.cid).equals(cidOf(value)), 'the value is not the one that was signed')
  assert.deepEqual([...envelope.key.subarray(0, 2)], [0xed, 0x01])
  // Section 4: RFC 8032's canonical encodings, cofactored, no small-order key.
  const signed = Buffer.concat([SIGNED, network, encode(unsigned)])
  assert.ok(ed25519.verify(sig, signed, envelope.key.subarray(2), { zip215: false }), 'the signature is wrong')
  return { ...envelope, id: cidOf(encode(envelope)).toString(), value: value && decode(value) }
}

const ALPHABET = '234567abcdefghijklmnopqrstuvwxyz'
const clockId = randomInt(1024)
let lastMicros = 0

/** The next TID of this process; shifted by millis for clocks that are wrong. */
export function tid(shiftMillis = 0) {
  lastMicros = Math.max(lastMicros + 1, Date.now() * 1000)
  return formatTid(lastMicros + shiftMillis * 1000)
}

export function formatTid(micros) {
  let n = (BigInt(micros) << 10n) | BigInt(clockId)
  let text = ''
  for (let i = 0; i < 13; i++, n >>= 5n) text = ALPHABET[Number(n & 31n)] + text
  return text
}

/** A value as we author it. */
export function authored(type, fields) {
  return { $type: type, createdAt: new Date().toISOString(), 'net.metanet.salt': randomBytes(16), ...fields }
}

/** AT-JSON (https://atproto.com/specs/data-model) to the value that it spells. */
export function fromJson(json) {
  if (Array.isArray(json)) return json.map(fromJson)
  if (json === null || typeof json !== 'object') return json
  const names = Object.keys(json)
  if (names.length === 1 && typeof json.$link === 'string') return CID.parse(json.$link)
  if (names.length === 1 && typeof json.$bytes === 'string') return new Uint8Array(Buffer.from(json.$bytes, 'base64'))
  return Object.fromEntries(names.map((name) => [name, fromJson(json[name])]))
}

/** Several records as one message: the array of their bundles. */
export const encodeMessage = (bundles) => encode(bundles.map((bytes) => decode(bytes)))
