// A wallet as a browser extension would inject it (EIP-1193, announced by
// EIP-6963), whose key stays in Node.
import { createPublicClient, http } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'

export class Wallet {
  account = privateKeyToAccount(generatePrivateKey())
  /** Every request that reached the wallet, newest last. */
  asked = []
  /** Signs typed data in place of the account, as a wallet switched to another account would. */
  impostor = undefined
  /** The chain's RPC, for a wallet that sends transactions itself. */
  rpc = undefined
  /** A person who declines the next request. */
  declines = false

  async request({ method, params = [] }) {
    this.asked.push(method)
    if (this.declines && method !== 'eth_requestAccounts') {
      this.declines = false
      throw Object.assign(new Error('User rejected the request.'), { code: 4001 })
    }
    switch (method) {
      case 'eth_requestAccounts':
      case 'eth_accounts':
        return [this.account.address]
      case 'personal_sign':
        return this.account.signMessage({ message: { raw: params[0] } })
      case 'eth_signTypedData_v4':
        return this.#signTyped(JSON.parse(params[1]))
      case 'eth_chainId':
        return '0x' + (await this.#chain().getChainId()).toString(16)
      case 'eth_sendTransaction':
        return this.#send(params[0])
      case 'eth_getTransactionReceipt':
        return this.#chain().request({ method, params })
      default:
        throw Object.assign(new Error(`no such method: ${method}`), { code: -32601 })
    }
  }

  #chain() {
    return createPublicClient({ transport: http(this.rpc) })
  }

  async #send({ from, to, data, value }) {
    if (from.toLowerCase() !== this.account.address.toLowerCase() || value) throw Object.assign(new Error('not mine'), { code: 4100 })
    const client = this.#chain()
    const [nonce, fees, gas] = await Promise.all([client.getTransactionCount({ address: from }), client.estimateFeesPerGas(), client.estimateGas({ account: from, to, data })])
    const raw = await this.account.signTransaction({ chainId: await client.getChainId(), to, data, nonce, gas: gas * 2n, ...fees })
    return client.sendRawTransaction({ serializedTransaction: raw })
  }

  #signTyped({ domain, types: { EIP712Domain: _, ...types }, primaryType, message }) {
    const signer = this.impostor ?? this.account
    return signer.signTypedData({ domain: { ...domain, chainId: BigInt(domain.chainId) }, types, primaryType, message })
  }

  /** Puts the wallet into all pages of a browser context. */
  async into(context) {
    await context.exposeFunction('__wallet', async (call) => {
      try {
        return { result: await this.request(call) }
      } catch (error) {
        return { error: { code: error.code ?? -32603, message: error.message } }
      }
    })
    await context.addInitScript(inject)
  }
}

function inject() {
  const provider = {
    async request(call) {
      const { result, error } = await window.__wallet(call)
      if (error) throw Object.assign(new Error(error.message), { code: error.code })
      return result
    },
    on: () => provider,
    removeListener: () => provider,
  }
  const icon =
    'data:image/svg+xml,%3Csvg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"%3E%3Crect width="32" height="32" rx="8" fill="%236a5acd"/%3E%3Cpath d="M9 12h14v9H9z" fill="%23fff"/%3E%3C/svg%3E'
  const detail = Object.freeze({
    info: { uuid: '350670db-19fa-4704-a166-e52e178b59d2', name: 'Test Wallet', icon, rdns: 'test.wallet' },
    provider,
  })
  const announce = () => dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail }))
  addEventListener('eip6963:requestProvider', announce)
  announce()
}
