// The registry as others see it: npm's ethr-did-resolver resolves our identities unchanged, and what ethers signs as
// EIP-712 typed data is what the registry takes, for every signed operation. On anvil; `npm test` in contracts/.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Wallet, encodeBytes32String, hexlify, randomBytes, toUtf8Bytes } from 'ethers'
import { Resolver } from 'did-resolver'
import { getResolver } from 'ethr-did-resolver'
import { deploy, startChain } from './chain.mjs'

const CHAIN_ID = 0x7a69
const DEVICE = 1
let chain, registry, resolver

before(async () => {
  chain = await startChain(CHAIN_ID)
  registry = (await deploy(chain)).IdentityRegistry
  const network = { chainId: CHAIN_ID, rpcUrl: chain.url, registry: await registry.getAddress() }
  resolver = new Resolver(getResolver({ networks: [{ name: 'local', ...network }] }))
})
after(() => chain?.stop())

// The members of each operation's typed data, between `address identity` and `nonce`, `deadline`.
const OPERATIONS = {
  AddKey: 'bytes32 key,uint8 purpose,uint64 expiry',
  RenewKey: 'bytes32 key,uint64 expiry',
  RevokeKey: 'bytes32 key',
  RevokeKeyFrom: 'bytes32 key,uint256 server,uint64 size',
  RevokeAllKeys: '',
  SetHome: 'uint256 server',
  Enrol: 'bytes32 key,uint8 purpose,uint64 expiry,bytes32 hostedKey,uint64 hostedExpiry,uint256 server',
  SkipNonce: '',
  ChangeOwner: 'address newOwner',
  SetRecovery: 'address recovery',
  Deactivate: '',
  CancelChange: 'address signer',
  StartRecovery: 'address newOwner',
  CancelRecovery: 'address signer',
  SetAttribute: 'bytes32 name,bytes value,uint256 validity',
  RevokeAttribute: 'bytes32 name,bytes value',
  AddDelegate: 'bytes32 delegateType,address delegate,uint256 validity',
  RevokeDelegate: 'bytes32 delegateType,address delegate',
}

async function typedData(operation, message) {
  const members = ['address identity', ...OPERATIONS[operation].split(',').filter(Boolean), 'uint256 nonce', 'uint256 deadline']
  const fields = members.map(m => ({ type: m.split(' ')[0], name: m.split(' ')[1] }))
  const domain = {
    name: 'MetaNet Identity',
    version: '1',
    chainId: CHAIN_ID,
    verifyingContract: await registry.getAddress(),
  }
  return { domain, types: { [operation]: fields }, fields, message }
}

// The calldata of an operation signed by a wallet that has only seen the typed data.
async function signed(wallet, operation, identity, args, nonceOf = 'nonce') {
  const nonce = await registry[nonceOf](identity)
  const deadline = BigInt((await chain.provider.getBlock('latest')).timestamp + 3600)
  const t = await typedData(operation, { identity, ...args, nonce, deadline })
  const signature = await wallet.signTypedData(t.domain, t.types, t.message)
  const values = t.fields.map(f => t.message[f.name])
  const name = operation[0].toLowerCase() + operation.slice(1) + 'WithSig'
  return registry.interface.encodeFunctionData(name, operation === 'Enrol' ? [values, signature] : [...values, signature])
}

async function relay(...args) {
  const tx = await chain.relayer.sendTransaction({ to: await registry.getAddress(), data: await signed(...args) })
  const receipt = await tx.wait()
  assert.equal(receipt.status, 1)
  return receipt
}

const now = async () => BigInt((await chain.provider.getBlock('latest')).timestamp)
const inAYear = async () => (await now()) + 31536000n
const didOf = wallet => `did:ethr:0x${CHAIN_ID.toString(16)}:${wallet.address.toLowerCase()}`
const newKey = () => hexlify(randomBytes(32))

async function keysOf(wallet) {
  const { didDocument } = await resolver.resolve(didOf(wallet))
  return didDocument.verificationMethod
    .filter(m => m.publicKeyHex)
    .map(m => {
      assert.equal(m.type, 'Ed25519VerificationKey2018')
      assert.ok(didDocument.assertionMethod.includes(m.id))
      return '0x' + m.publicKeyHex
    })
}

test('an identity resolves before it has done anything', async () => {
  const wallet = Wallet.createRandom()
  const { didDocument } = await resolver.resolve(didOf(wallet))
  assert.equal(didDocument.verificationMethod[0].blockchainAccountId, `eip155:${CHAIN_ID}:${wallet.address}`)
  assert.equal(didDocument.verificationMethod.length, 1)
})

test('one signature enrols; keys come, are renewed and go in the DID document', async () => {
  const wallet = Wallet.createRandom()
  const [device, hosted, phone] = [newKey(), newKey(), newKey()]
  const expiry = await inAYear()
  const enrolment = { key: device, purpose: DEVICE, expiry, hostedKey: hosted, hostedExpiry: expiry, server: 7 }
  const receipt = await relay(wallet, 'Enrol', wallet.address, enrolment)
  assert.ok(receipt.gasUsed < 175_000n, `enrolling took ${receipt.gasUsed} gas`)
  assert.deepEqual(await keysOf(wallet), [device, hosted])
  assert.equal(await registry.homeOf(wallet.address), 7n)

  const later = await relay(wallet, 'AddKey', wallet.address, { key: phone, purpose: DEVICE, expiry })
  assert.ok(later.gasUsed < 90_000n, `adding a key later took ${later.gasUsed} gas`)
  await relay(wallet, 'RenewKey', wallet.address, { key: phone, expiry: expiry + 1000n })
  assert.deepEqual(await keysOf(wallet), [device, hosted, phone])
  await relay(wallet, 'RevokeKey', wallet.address, { key: device })
  assert.deepEqual(await keysOf(wallet), [hosted, phone])
  assert.equal((await registry.keyState(wallet.address, device)).end, await now())
})

test('the first key of an identity costs a relayer less than 110,000 gas', async () => {
  const wallet = Wallet.createRandom()
  const receipt = await relay(wallet, 'AddKey', wallet.address, { key: newKey(), purpose: DEVICE, expiry: await inAYear() })
  assert.ok(receipt.gasUsed < 110_000n, `it took ${receipt.gasUsed} gas`)
})

test('services and delegates are as in ERC-1056', async () => {
  const wallet = Wallet.createRandom()
  const service = { name: encodeBytes32String('did/svc/SocialNode'), value: hexlify(toUtf8Bytes('https://node.example.org')) }
  const delegate = { delegateType: encodeBytes32String('sigAuth'), delegate: Wallet.createRandom().address }
  await relay(wallet, 'SetAttribute', wallet.address, { ...service, validity: 3600 })
  await relay(wallet, 'AddDelegate', wallet.address, { ...delegate, validity: 3600 })
  let { didDocument } = await resolver.resolve(didOf(wallet))
  assert.equal(didDocument.service[0].serviceEndpoint, 'https://node.example.org')
  assert.equal(didDocument.authentication.length, 2)

  await relay(wallet, 'RevokeAttribute', wallet.address, service)
  await relay(wallet, 'RevokeDelegate', wallet.address, delegate)
  // A delegate is revoked as of its block's second, which the resolver still counts: ask as of the block after.
  await chain.provider.send('evm_increaseTime', [1])
  await chain.provider.send('evm_mine', [])
  ;({ didDocument } = await resolver.resolve(`${didOf(wallet)}?versionId=${await chain.provider.getBlockNumber()}`))
  assert.equal(didDocument.service, undefined)
  assert.equal(didDocument.authentication.length, 1)
})

test('a recovered identity has its new controller; resolvers forget old keys once told', async () => {
  const [wallet, recovery, heir] = [Wallet.createRandom(), Wallet.createRandom(), Wallet.createRandom()]
  const key = newKey()
  await relay(wallet, 'AddKey', wallet.address, { key, purpose: DEVICE, expiry: await inAYear() })
  await relay(wallet, 'SetRecovery', wallet.address, { recovery: recovery.address })
  await relay(wallet, 'ChangeOwner', wallet.address, { newOwner: Wallet.createRandom().address })
  await relay(recovery, 'CancelChange', wallet.address, { signer: recovery.address }, 'recoveryNonce')
  await relay(recovery, 'StartRecovery', wallet.address, { newOwner: heir.address }, 'recoveryNonce')
  await relay(wallet, 'CancelRecovery', wallet.address, { signer: wallet.address })
  await relay(recovery, 'StartRecovery', wallet.address, { newOwner: heir.address }, 'recoveryNonce')
  await chain.provider.send('evm_increaseTime', [3 * 86400])
  await (await registry.finishRecovery(wallet.address)).wait()

  const { didDocument } = await resolver.resolve(didOf(wallet))
  assert.equal(didDocument.verificationMethod[0].blockchainAccountId, `eip155:${CHAIN_ID}:${heir.address}`)
  assert.equal((await registry.keyState(wallet.address, key)).end, await now(), 'the registry ended the key')
  assert.deepEqual(await keysOf(wallet), [key], 'ERC-1056 knows no epochs')
  await relay(heir, 'RevokeKey', wallet.address, { key })
  assert.deepEqual(await keysOf(wallet), [])
})

test('a deactivated identity resolves as deactivated', async () => {
  const wallet = Wallet.createRandom()
  await relay(wallet, 'SetHome', wallet.address, { server: 7 })
  await relay(wallet, 'SkipNonce', wallet.address, {})
  await relay(wallet, 'RevokeAllKeys', wallet.address, {})
  await relay(wallet, 'Deactivate', wallet.address, {})
  const { didDocumentMetadata } = await resolver.resolve(didOf(wallet))
  assert.equal(didDocumentMetadata.deactivated, true)
})

test('a batch of fifty, one of them bad', async () => {
  const wallets = Array.from({ length: 50 }, () => Wallet.createRandom())
  const expiry = await inAYear()
  const calls = await Promise.all(
    wallets.map((w, i) => signed(i === 13 ? wallets[0] : w, 'AddKey', w.address, { key: newKey(), purpose: DEVICE, expiry })),
  )
  const receipt = await (await registry.batch(calls)).wait()
  const failed = receipt.logs.map(l => registry.interface.parseLog(l)).filter(l => l.name === 'BatchCallFailed')
  assert.deepEqual(failed.map(l => l.args.index), [13n])
  assert.equal(registry.interface.parseError(failed[0].args.reason).name, 'InvalidSignature')
  assert.ok(receipt.gasUsed / 50n < 75_000n, `${receipt.gasUsed / 50n} gas each`)
  assert.equal((await keysOf(wallets[49])).length, 1)
})

test('a cut-off names its place in the log', async () => {
  const wallet = Wallet.createRandom()
  const key = newKey()
  await relay(wallet, 'AddKey', wallet.address, { key, purpose: DEVICE, expiry: await inAYear() })
  await relay(wallet, 'RevokeKeyFrom', wallet.address, { key, server: 7, size: 1234 })
  assert.equal((await registry.cutOff(wallet.address, key)).size, 1234n)
  assert.deepEqual(await keysOf(wallet), [])
})
