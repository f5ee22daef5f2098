// Wallets of every make at real nodes: ethers and siwe, contract wallets that are
// there (ERC-1271) and that are not there yet (ERC-6492). What the node makes of a
// signature is held against what viem and siwe make of it.
import assert from 'node:assert/strict'
import { Contract, JsonRpcProvider } from 'ethers'
import { SiweMessage, checkContractWalletSignature } from 'siwe'
import { createPublicClient, encodeFunctionData, hashMessage, http, toHex } from 'viem'
import { privateKeyToAccount, generatePrivateKey } from 'viem/accounts'
import { abiOf } from './lib/contracts.mjs'
import { Person, signTyped } from './lib/person.mjs'
import { Node } from './lib/process.mjs'
import { cidAt } from './lib/reads.mjs'
import { DeviceKey, rotationKey } from './lib/record.mjs'
import { each, story } from './lib/story.mjs'
import { eventually } from './lib/until.mjs'
import { procedure, query, refused } from './lib/xrpc.mjs'
import { Factory, ethersWallet, funded } from './lib/wallets.mjs'

let a, b, chain, provider, factory, registry
let deployed, joint // a contract wallet, and the person who has it
const step = story(() => [a, b])

const signIn = (url, message, signature, more = {}) => procedure(url, 'net.metanet.auth.signIn', { message, signature, ...more })
const sessions = async (person) => (await query(person.url, 'net.metanet.auth.listSessions', {}, person.token)).sessions
const current = async (person) => (await sessions(person)).find((s) => s.current)
const readable = (post) => eventually('both nodes show the post', async () => (await Promise.all([a, b].map((n) => cidAt(n.url, post.uri)))).every((cid) => cid === post.cid))
const enrolment = (person) => ({ operation: 'enrol', key: person.device.text, purpose: 'device' })

/** What the chain says of a signature at one block, without the node's help. */
const asked = (wallet, hash, signature, blockNumber) =>
  chain.readContract({ address: wallet.address, abi: factory.walletAbi, functionName: 'isValidSignature', args: [hash, signature], blockNumber })
const YES = '0x1626ba7e'

step('two nodes, and a factory of contract wallets', async () => {
  a = await Node.up('a')
  b = await Node.up('b', ['--join', a.url])
  const about = await a.about()
  chain = createPublicClient({ transport: http(about.chain.rpc) })
  provider = new JsonRpcProvider(about.chain.rpc, about.chain.id, { staticNetwork: true, cacheTimeout: -1 })
  registry = new Contract(about.chain.contracts.identityRegistry, await abiOf('IdentityRegistry'), provider)
  factory = await Factory.deploy(await funded(a))
})

step('a wallet of ethers signs in with a message that siwe reads, writes and verifies alike', async () => {
  const eve = new Person('eve-ether', a, ethersWallet())
  const { message, nonce } = await eve.challenge()
  const read = new SiweMessage(message)
  assert.equal(read.prepareMessage(), message, 'byte for byte')
  assert.deepEqual([read.domain, read.address, read.nonce], [new URL(a.url).host, eve.wallet.address, nonce])
  const written = new SiweMessage({ ...read, issuedAt: new Date().toISOString() }).prepareMessage() // as an app would that asks for the nonce only
  const signature = await eve.wallet.signMessage({ message: written })
  assert.ok((await new SiweMessage(written).verify({ signature, domain: read.domain, nonce })).success)
  const grant = await signIn(a.url, written, signature, { handle: 'eve-ether', rotationKey: rotationKey() })
  assert.equal(grant.did.slice(-40), eve.wallet.address.slice(2).toLowerCase())
  await refused('NonceUsed', signIn(a.url, written, signature))

  await eve.arrive()
  await readable(await eve.put(eve.post('By ethers')))
  const state = await registry.keyState(eve.wallet.address, eve.device.hex)
  assert.ok(state.addedAt > 0n && state.revokedAt === 0n, 'ethers finds the key in the contract')

  // The wallet alone, without any server's help.
  await procedure(a.url, 'net.metanet.dev.fund', { address: eve.wallet.address })
  const sent = await registry.connect(eve.wallet.key.connect(provider)).revokeKey(eve.wallet.address, eve.device.hex)
  assert.equal((await sent.wait()).status, 1)
  for (const node of [a, b]) {
    await eventually(`${node.name} sees it end`, async () => (await eve.identity(node.url)).keys.find((k) => k.key === eve.device.text).status === 'ended')
  }
  await refused('ExpiredKey', eve.send(eve.post('Too late').bytes))
})

step('a contract wallet of two signers signs in (ERC-1271)', async (t) => {
  deployed = await factory.wallet(2)
  await deployed.deploy()
  joint = new Person('joint', a, deployed)
  const { message } = await joint.challenge()
  const both = await deployed.signMessage({ message })
  assert.equal(both.length, 2 + 2 * 130, 'no key signs like that')
  const [first, second] = await Promise.all(deployed.signers.map((s) => s.signMessage({ message })))
  const stranger = await privateKeyToAccount(generatePrivateKey()).signMessage({ message })
  const twin = await factory.wallet(deployed.signers, toHex(1, { size: 32 }))
  await twin.deploy()
  const rows = {
    'one signer of the two': first,
    'in another order': `${second}${first.slice(2)}`,
    'a stranger beside the first': `${first}${stranger.slice(2)}`,
    'somebody else alone': stranger,
    'of another message': await deployed.signMessage({ message: `${message} ` }),
    'not a byte': '0x',
    'a byte more': `${both}00`,
    'wrapped with the deployment of another wallet, signed by its own signers': await (await factory.wallet(2)).wrapping().signMessage({ message }),
  }
  await each(t, rows, async (signature) => {
    await refused('InvalidSignature', signIn(a.url, message, signature, { handle: 'joint' }))
    assert.equal(await chain.verifyMessage({ address: deployed.address, message, signature }).catch(() => false), false, 'viem says the same')
  })
  // The same signers own the twin: what they sign for the one is nothing for the other.
  const forTwin = message.replace(deployed.address, twin.address)
  assert.notEqual(forTwin, message)
  const error = await signIn(a.url, forTwin, both, { handle: 'joint' }).then(() => assert.fail('signed in as the twin'), (error) => error)
  assert.ok(['InvalidSignature', 'NonceUsed', 'Expired'].includes(error.code), error.message)

  assert.ok(await chain.verifyMessage({ address: deployed.address, message, signature: both }), 'viem agrees')
  assert.ok(await checkContractWalletSignature(new SiweMessage(message), both, provider), 'siwe agrees')
  await joint.signIn()
})

step('the block at which the contract answered is kept, and anybody can ask again', async () => {
  const { evidence } = await current(joint)
  assert.equal(evidence.by, 'erc-1271')
  const block = await chain.getBlock({ blockHash: evidence.at.hash })
  assert.equal(block.number, BigInt(evidence.at.number))
  assert.equal(await asked(deployed, hashMessage(evidence.message), evidence.signature, block.number), YES)
})

step('it authorises keys, and what they sign counts everywhere', async () => {
  const { typedData } = await joint.prepare(enrolment(joint))
  const one = await signTyped(deployed.signers[0], typedData)
  await refused('InvalidSignature', joint.submit(typedData, one))
  await joint.authorise(enrolment(joint))
  await joint.bind()
  await readable(await joint.put(joint.post('By two signers')))
  assert.equal((await registry.identityOwner(deployed.address)), deployed.address)
})

step('its signers may be others tomorrow', async () => {
  const before = (await current(joint)).evidence
  const { message } = await joint.challenge()
  const signature = await deployed.signMessage({ message })
  const { typedData } = await joint.prepare({ operation: 'addKey', key: new DeviceKey().text, purpose: 'device' })
  const order = await signTyped(deployed, typedData)
  const next = await factory.wallet(3)
  await deployed.call(a, 'replaceSigners', next.signers.map((s) => s.address))
  for (const [what, promise] of Object.entries({ 'a sign-in': signIn(a.url, message, signature), 'an order': joint.submit(typedData, order) })) {
    await refused('InvalidSignature', promise).catch((error) => assert.fail(`${what}: ${error.message}`))
  }
  deployed.signers = next.signers
  await joint.signIn()
  const after = (await current(joint)).evidence
  assert.equal(after.signature.length, 2 + 3 * 130)
  const hash = hashMessage(before.message)
  assert.equal(await asked(deployed, hash, before.signature, BigInt(before.at.number)), YES, 'what it said then it said')
  assert.notEqual(await asked(deployed, hash, before.signature), YES, 'today it says something else')
  await readable(await joint.put(joint.post('By three signers now')))
})

step('it revokes a key by its own transaction, whatever its server says', async () => {
  const { abi, target } = { abi: await abiOf('IdentityRegistry'), target: await registry.getAddress() }
  const data = encodeFunctionData({ abi, functionName: 'revokeKey', args: [deployed.address, joint.device.hex] })
  await deployed.call(a, 'execute', target, data)
  for (const node of [a, b]) {
    await eventually(`${node.name} sees it end`, async () => (await joint.identity(node.url)).keys.find((k) => k.key === joint.device.text).status === 'ended')
  }
  await refused('ExpiredKey', joint.send(joint.post('Too late').bytes))
})

step('a wallet that is not deployed signs in (ERC-6492), and is not deployed by that', async (t) => {
  const wallet = await factory.wallet(2)
  const future = new Person('future', a, wallet.wrapping())
  const { message } = await future.challenge()
  const other = await factory.wallet(2)
  const impostor = { ...wallet, signers: other.signers }
  Object.setPrototypeOf(impostor, Object.getPrototypeOf(wallet))
  const rows = {
    'without its deployment': await wallet.signMessage({ message }),
    'by signers that it will not have': await impostor.wrapping().signMessage({ message }),
    'with the deployment of another wallet': await wallet.wrapping(other).signMessage({ message }),
    'of another message': await wallet.wrapping().signMessage({ message: `${message} ` }),
    'the wrapping alone': '0x' + '6492'.repeat(16),
  }
  await each(t, rows, async (signature) => {
    await refused('InvalidSignature', signIn(a.url, message, signature, { handle: 'future' }))
    assert.equal(await chain.verifyMessage({ address: wallet.address, message, signature }).catch(() => false), false, 'viem says the same')
  })
  const signature = await wallet.wrapping().signMessage({ message })
  assert.ok(await chain.verifyMessage({ address: wallet.address, message, signature }), 'viem agrees')
  await future.signIn()
  const { evidence } = await current(future)
  assert.deepEqual([evidence.by, evidence.message.includes(wallet.address)], ['erc-6492', true])
  assert.equal((await chain.getBlock({ blockHash: evidence.at.hash })).number, BigInt(evidence.at.number))
  assert.equal(await chain.getCode({ address: wallet.address }), undefined, 'nothing was deployed')

  // What it orders on-chain the contracts check, and they ask a wallet that is there.
  const { typedData } = await future.prepare(enrolment(future))
  await refused('InvalidSignature', future.submit(typedData, await signTyped(future.wallet, typedData)))
  await wallet.deploy()
  await future.submit(typedData, await signTyped(wallet, typedData))
  await future.bind()
  await readable(await future.put(future.post('Deployed at last')))
  await future.signIn() // wrapped still: the wallet as it stands answers
  future.wallet = wallet
  await future.signIn()
  assert.deepEqual((await sessions(future)).map((s) => s.evidence.by).sort(), ['erc-1271', 'erc-6492', 'erc-6492'])
})

step("a key's identity is handed to a contract wallet", async () => {
  const gina = await new Person('gina', b).arrive()
  const safe = await factory.wallet(2)
  await safe.deploy()
  await gina.authorise({ operation: 'changeOwner', address: safe.address })
  await refused('InvalidSignature', gina.signIn())
  const heir = new Person('gina', b, safe)
  const grant = await heir.signIn({ did: gina.did })
  assert.deepEqual([grant.did, grant.atName], [gina.did, gina.atName])
  await heir.authorise(enrolment(heir))
  await heir.bind()
  await readable(await heir.put(heir.post('Ours now')))
})

step('while the chain is away nobody can say what a contract wallet signed; keys sign in', async () => {
  const ethers = new Person('ethers', b, ethersWallet())
  await ethers.signIn()
  const there = joint.at(b)
  const { message, handleRequired } = await there.challenge()
  assert.equal(handleRequired, false)
  await a.stop()
  await eventually('b notices', async () => (await b.status()).chain.error)
  const error = await signIn(b.url, message, await deployed.signMessage({ message })).then(() => assert.fail('signed in'), (error) => error)
  assert.deepEqual([error.status, error.code], [503, 'ChainUnavailable'], error.message)
  await ethers.signIn()
  await a.start()
  await eventually('b follows again', async () => !(await b.status()).chain.error)
  await signIn(b.url, message, await deployed.signMessage({ message })) // the nonce is as good as it was
})

step('they stop', async () => {
  provider.destroy()
  for (const node of [b, a]) assert.equal(await node.stop(), 0)
})
