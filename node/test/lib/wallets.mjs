// Wallets of other makes, which sign as viem's accounts do: ethers' key, and
// contracts of several signers, there already or yet to be deployed.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { Wallet } from 'ethers'
import { concat, createWalletClient, encodeFunctionData, hashMessage, hashTypedData, http, publicActions, serializeErc6492Signature, toHex } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { procedure } from './xrpc.mjs'

const artifact = async (name) => JSON.parse(await readFile(new URL(`../../../contracts/artifacts/testing/${name}.json`, import.meta.url), 'utf8'))

/** A key in ethers' hands. */
export function ethersWallet() {
  const key = Wallet.createRandom()
  return {
    key,
    address: key.address,
    signMessage: ({ message }) => key.signMessage(message),
    signTypedData: ({ domain, types, message }) => key.signTypedData(domain, types, message),
  }
}

/** An account with coins, which can send transactions. */
export async function funded(node, account = privateKeyToAccount(generatePrivateKey())) {
  await procedure(node.url, 'net.metanet.dev.fund', { address: account.address })
  const { chain } = await node.about()
  const client = createWalletClient({ account, transport: http(chain.rpc), pollingInterval: 50 }).extend(publicActions)
  client.done = async (sent) => {
    const receipt = await client.waitForTransactionReceipt({ hash: await sent })
    assert.equal(receipt.status, 'success')
    return receipt
  }
  return client
}

/** Deploys contract wallets, at places that are known before. */
export class Factory {
  static async deploy(client) {
    const { abi, bytecode } = await artifact('SmartWalletFactory')
    const { contractAddress: address } = await client.done(client.deployContract({ abi, bytecode, chain: null }))
    return Object.assign(new Factory(), { client, address, abi, walletAbi: (await artifact('SmartWallet')).abi })
  }

  /** A wallet of so many signers (or of these), not deployed yet. */
  async wallet(signers = 2, salt = toHex(0, { size: 32 })) {
    if (typeof signers === 'number') signers = Array.from({ length: signers }, () => privateKeyToAccount(generatePrivateKey()))
    const args = [signers.map((s) => s.address), salt]
    const address = await this.client.readContract({ address: this.address, abi: this.abi, functionName: 'placeOf', args })
    return new ContractWallet(this, address, signers, args)
  }
}

class ContractWallet {
  constructor(factory, address, signers, args) {
    Object.assign(this, { factory, address, signers, args })
  }

  deploy() {
    const { client, address, abi } = this.factory
    return client.done(client.writeContract({ address, abi, functionName: 'deploy', args: this.args, chain: null }))
  }

  /** What its signers sign, one after the other; not bound to the wallet by anything but the hash. */
  async sign(hash) {
    return concat(await Promise.all(this.signers.map((s) => s.sign({ hash }))))
  }

  signMessage({ message }) {
    return this.sign(hashMessage(message))
  }

  signTypedData(typed) {
    return this.sign(hashTypedData(typed))
  }

  /** The same wallet, wrapping what it signs as ERC-6492 has it. */
  wrapping(deployment = this) {
    const wrap = async (signature) => {
      const { address, abi } = deployment.factory
      const data = encodeFunctionData({ abi, functionName: 'deploy', args: deployment.args })
      return serializeErc6492Signature({ address, data, signature: await signature })
    }
    return {
      address: this.address,
      signMessage: (m) => wrap(this.signMessage(m)),
      signTypedData: (t) => wrap(this.signTypedData(t)),
    }
  }

  /** A transaction of the wallet's own, by its first signer's account. */
  async call(node, functionName, ...args) {
    const client = await funded(node, this.signers[0])
    return client.done(client.writeContract({ address: this.address, abi: this.factory.walletAbi, functionName, args, chain: null }))
  }
}
