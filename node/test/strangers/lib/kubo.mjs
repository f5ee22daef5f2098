// kubo, the IPFS node in Go, as a process: a keeper of blocks.
import { execFile, spawn } from 'node:child_process'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { scratch } from '../../lib/process.mjs'
import { eventually } from '../../lib/until.mjs'

const PATIENCE_MILLIS = 60_000

export const ipfs = process.env.METANET_IPFS

export class Kubo {
  name = 'kubo'
  output = ''
  #env = { PATH: process.env.PATH, HOME: scratch, IPFS_PATH: join(scratch, 'kubo') }
  #daemon

  static async start() {
    const kubo = new Kubo()
    await kubo.#run(['init', '--profile=test']) // loopback, free ports, nobody to begin with
    await kubo.#run(['config', 'Routing.Type', 'none'])
    kubo.#daemon = spawn(ipfs, ['daemon'], { env: kubo.#env, stdio: ['ignore', 'pipe', 'pipe'] })
    process.on('exit', () => kubo.#daemon.kill('SIGKILL'))
    for (const stream of [kubo.#daemon.stdout, kubo.#daemon.stderr]) stream.setEncoding('utf8').on('data', (text) => (kubo.output += text))
    await eventually('kubo is ready', () => kubo.output.includes('Daemon is ready'), PATIENCE_MILLIS)
    return kubo
  }

  /** Runs a command; answers what it writes. */
  #run(args, input) {
    return new Promise((resolve, reject) => {
      const options = { env: this.#env, encoding: 'buffer', maxBuffer: 64 << 20, timeout: PATIENCE_MILLIS }
      const child = execFile(ipfs, args, options, (error, stdout, stderr) => {
        if (error) return reject(new Error(`ipfs ${args.join(' ')}: ${stderr}`, { cause: error }))
        resolve(stdout)
      })
      child.stdin.end(input)
    })
  }

  meet(about) {
    return this.#run(['swarm', 'connect', about.peer.addresses.find((a) => a.includes('/tcp/'))])
  }

  block(cid) {
    return this.#run(['block', 'get', String(cid)])
  }

  file(root) {
    return this.#run(['cat', String(root)])
  }

  /** A file out of the CAR that a gateway gave. */
  async importFile(root, car) {
    await this.#run(['dag', 'import', '--pin-roots=false'], car)
    return this.#run(['--offline', 'cat', String(root)])
  }

  async putBlock(bytes) {
    return this.#cid(await this.#run(['block', 'put'], bytes))
  }

  async putFile(bytes) {
    return this.#cid(await this.#run(['add', '--quieter', '--cid-version=1', '--raw-leaves', '--chunker=size-1048576'], bytes))
  }

  #cid(text) {
    return CID.parse(text.toString().trim())
  }

  stop() {
    this.#daemon.kill()
  }
}
