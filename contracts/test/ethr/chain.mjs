// anvil on a free loopback port, with our contracts deployed as nodes deploy them.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { AbiCoder, Contract, JsonRpcProvider, NonceManager, Wallet, concat, keccak256 } from 'ethers'

const root = path.join(import.meta.dirname, '../..')
const artifact = name => JSON.parse(fs.readFileSync(path.join(root, 'artifacts', `${name}.json`)))
const FIRST_ACCOUNT = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80' // anvil's, known to all

export async function startChain(chainId) {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const bin = path.join(root, 'node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil')
  const command = fs.existsSync(bin) ? bin : 'anvil'
  const anvil = spawn(command, ['--host', '127.0.0.1', '--port', port, '--chain-id', chainId, '--silent'])
  const failed = new Promise((_, reject) => anvil.on('error', reject))
  const provider = new JsonRpcProvider(url, chainId, { staticNetwork: true, cacheTimeout: -1, pollingInterval: 50 })
  await Promise.race([answering(url), failed])
  const relayer = new NonceManager(new Wallet(FIRST_ACCOUNT, provider))
  return { url, chainId, provider, relayer, stop: () => { provider.destroy(); anvil.kill() } }
}

// Deploys through the deterministic proxy, which anvil has, and checks that what is there is what nodes expect.
export async function deploy(chain) {
  const plan = JSON.parse(fs.readFileSync(path.join(root, 'artifacts/deployment.json')))
  const contracts = {}
  for (const c of plan.contracts) {
    const { abi, bytecode } = artifact(c.name)
    const args = AbiCoder.defaultAbiCoder().encode(c.args.map(() => 'address'), c.args)
    const tx = await chain.relayer.sendTransaction({ to: plan.factory, data: concat([plan.salt, bytecode, args]) })
    await tx.wait()
    const code = await chain.provider.getCode(c.address)
    if (keccak256(code) !== c.codeHash) throw new Error(`${c.name} is not at ${c.address}`)
    contracts[c.name] = new Contract(c.address, abi, chain.relayer)
  }
  return contracts
}

async function answering(url) {
  const body = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}'
  for (let i = 0; i < 200; i++) {
    try {
      return await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    } catch {
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
  throw new Error('anvil does not answer')
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
