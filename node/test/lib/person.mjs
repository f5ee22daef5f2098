// Somebody with a wallet: viem's account, a device key, an account at a server.
import assert from 'node:assert/strict'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { DeviceKey, authored, fromJson, parseNetwork, rotationKey, seal, tid } from './record.mjs'
import { procedure, query, upload } from './xrpc.mjs'

/** What eth_signTypedData_v4 does with the JSON that a server prepared. */
export function signTyped(account, { domain, types: { EIP712Domain: _, ...types }, primaryType, message }) {
  return account.signTypedData({ domain: { ...domain, chainId: BigInt(domain.chainId) }, types, primaryType, message })
}

export class Person {
  wallet = privateKeyToAccount(generatePrivateKey())
  device = new DeviceKey()

  /** wallet is whatever signs as viem's accounts do. */
  constructor(name, node, wallet) {
    this.name = name
    this.node = node
    if (wallet) this.wallet = wallet
  }

  get url() {
    return this.node.url
  }

  challenge(input = {}) {
    return procedure(this.url, 'net.metanet.auth.challenge', { address: this.wallet.address, ...input })
  }

  /** Signs in; the first time that makes the account. { did } names an identity besides the wallet's own. */
  async signIn(input = {}) {
    const challenge = await this.challenge(input)
    const signature = await this.wallet.signMessage({ message: challenge.message })
    const first = challenge.handleRequired && { handle: this.name, rotationKey: rotationKey() }
    const grant = await procedure(this.url, 'net.metanet.auth.signIn', { message: challenge.message, signature, ...first })
    this.token = grant.accessToken
    this.refreshToken = grant.refreshToken
    Object.assign(this, { did: grant.did, atName: grant.atName, handle: grant.handle, hostedKey: grant.hostedKey, atOperation: grant.atOperation })
    this.network = parseNetwork((await this.node.about()).network)
    return grant
  }

  prepare(input) {
    return procedure(this.url, 'net.metanet.identity.prepare', input, this.token)
  }

  submit(typedData, signature) {
    return procedure(this.url, 'net.metanet.identity.submit', { typedData, signature }, this.token)
  }

  outcome(operation) {
    return query(this.url, 'net.metanet.identity.operation', { operation }, this.token)
  }

  /** Has the wallet authorise an operation and the server relay it. */
  async authorise(input) {
    const { typedData } = await this.prepare(input)
    return this.submit(typedData, await signTyped(this.wallet, typedData))
  }

  /** Everything that a new person does, up to the first record. */
  async arrive() {
    await this.signIn()
    await this.authorise({ operation: 'enrol', key: this.device.text, purpose: 'device', hosted: true })
    await this.bind()
    return this
  }

  /** Publishes the record that binds the AT name. */
  bind() {
    const { path, value } = this.atOperation
    return this.put(this.seal(path, fromJson(value)))
  }

  /** The same person at another server. */
  at(node) {
    return Object.assign(new Person(this.name, node), { wallet: this.wallet, device: this.device })
  }

  uri(path) {
    return `at://${this.atName}/${path}`
  }

  /** A record signed by the device key. */
  seal(path, value, options = {}) {
    return seal(this.network, { did: this.did, path, value, ...options }, options.key ?? this.device)
  }

  post(text, fields = {}) {
    return this.seal(`app.bsky.feed.post/${tid()}`, authored('app.bsky.feed.post', { text, langs: ['en'], ...fields }))
  }

  /** Sends one signed record and wants it admitted. */
  async put(bundle) {
    const { results } = await this.send(bundle.bytes)
    assert.deepEqual([results.length, results[0].status], [1, 'admitted'], JSON.stringify(results))
    assert.deepEqual([results[0].id, results[0].cid], [bundle.id, bundle.cid], 'the server computes the same CIDs')
    return { ...bundle, uri: results[0].uri }
  }

  send(bytes) {
    return upload(this.url, 'net.metanet.repo.put', 'application/cbor', bytes)
  }

  uploadBlob(type, bytes) {
    return upload(this.url, 'com.atproto.repo.uploadBlob', type, bytes, this.token).then(({ blob }) => blob)
  }

  /** Writes through the hosted key, as clients that cannot sign do. */
  create(collection, record, extra = {}) {
    return procedure(this.url, 'com.atproto.repo.createRecord', { repo: this.did, collection, record, ...extra }, this.token)
  }

  replace(collection, rkey, record, extra = {}) {
    return procedure(this.url, 'com.atproto.repo.putRecord', { repo: this.did, collection, rkey, record, ...extra }, this.token)
  }

  remove(collection, rkey) {
    return procedure(this.url, 'com.atproto.repo.deleteRecord', { repo: this.did, collection, rkey }, this.token)
  }

  identity(url = this.url) {
    return query(url, 'net.metanet.identity.get', { did: this.did })
  }
}
