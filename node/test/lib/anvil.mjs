// A chain whose time can be skipped: anvil, as a process, with our contracts on it.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createPublicClient, http, parseEther, toHex } from 'viem'
import { Node, metanet, scratch } from './process.mjs'
import { eventually } from './until.mjs'

export class Anvil {
  /** The chain's time is behind the clock by so many days, which can then be skipped. */
  static async start({ daysBehind = 0 } = {}) {
    const bin = process.env.METANET_ANVIL
    if (!bin) throw new Error('METANET_ANVIL names anvil')
    const anvil = new Anvil()
    const genesis = Math.floor(Date.now() / 1000) - daysBehind * 86_400
    anvil.child = spawn(bin, ['--host', '127.0.0.1', '--port', '0', '--timestamp', String(genesis)], { stdio: ['ignore', 'pipe', 'inherit'] })
    anvil.child.unref() // a test that fails before stop() ends all the same
    anvil.child.stdout.unref()
    process.on('exit', () => anvil.child.kill('SIGKILL'))
    let said = ''
    anvil.child.stdout.setEncoding('utf8').on('data', (text) => (said += text))
    const [, address] = await eventually('anvil listens', () => /Listening on (127\.0\.0\.1:\d+)/.exec(said), 60_000)
    anvil.url = `http://${address}`
    anvil.client = createPublicClient({ transport: http(anvil.url) })
    return anvil
  }

  call(method, ...params) {
    return this.client.request({ method, params })
  }

  fund(address) {
    return this.call('anvil_setBalance', address, toHex(parseEther('10')))
  }

  /** Puts the contracts there, as an operator does; answers the addresses file. */
  async deploy() {
    const home = join(scratch, 'deployer')
    const file = join(scratch, 'addresses.json')
    const deploy = (...flags) => metanet('chain', 'deploy', '--rpc', this.url, '--home', home, '--out', file, ...flags)
    const early = await metanet('up', '--home', home, '--http', '127.0.0.1:0', '--p2p', '/ip4/127.0.0.1/tcp/0', '--chain', this.url)
    assert.match(early.stderr, /contracts are missing/, 'a first start makes the key, and no more')
    const planned = await deploy('--dry-run')
    await this.fund(/^account +(0x[0-9a-fA-F]{40})$/m.exec(planned.stdout)[1])
    const done = await deploy('--yes')
    assert.equal(done.code, 0, done.stderr + done.stdout)
    return file
  }

  /** A node on this chain, with coins, ready. */
  async node(name, flags = []) {
    const node = new Node(name)
    await node.start(['--http', '127.0.0.1:0', '--p2p', '/ip4/127.0.0.1/tcp/0', '--chain', this.url, '--finality', 'latest', ...flags], { ready: false })
    const [, operator] = /fund the operator account (0x[0-9a-fA-F]{40})/.exec(node.output)
    await this.fund(operator)
    await eventually(`${name} is ready`, async () => (await fetch(`${node.url}/readyz`)).ok, 60_000)
    return node
  }

  /** Seals a block that is so much later than the last. */
  async skip(days) {
    await this.call('evm_increaseTime', toHex(Math.round(days * 86_400)))
    await this.call('anvil_mine')
  }

  async stop() {
    this.child.ref()
    this.child.kill()
    await once(this.child, 'close')
  }
}
