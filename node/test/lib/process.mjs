// Nodes as people run them: the real binary, a home of its own, free ports on
// loopback. Whatever happens, nothing outlives the test process.
import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from './until.mjs'
import { query } from './xrpc.mjs'

const START_MILLIS = 60_000
const COMMAND_MILLIS = 60_000
const KEPT_OUTPUT = 1 << 20

export const bin = process.env.METANET_BIN
if (!bin) throw new Error('METANET_BIN names the binary to test')

/** Everything that tests write goes below here. */
export const scratch = mkdtempSync(join(tmpdir(), 'metanet-e2e-'))

// The binary reads METANET_ variables as settings, and falls back on the
// user's own directories: neither may leak in.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('METANET_')))
Object.assign(env, { HOME: scratch, XDG_CONFIG_HOME: scratch })

const running = new Set()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
  rmSync(scratch, { recursive: true, force: true, maxRetries: 3 })
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

let homes = 0

/** A home directory that a node has made or will make, and the process in it. */
export class Node {
  /** Everything it said, for people. */
  output = ''
  url = ''
  #banner = ''
  #child
  #exited

  constructor(name, { home = join(scratch, `${++homes}-${name}`) } = {}) {
    this.name = name
    this.home = home
  }

  /** Starts a node on free ports and answers once it is ready. */
  static async up(name, flags = [], options = {}) {
    const node = new Node(name, options)
    await node.start(['--http', '127.0.0.1:0', '--rpc', '127.0.0.1:0', '--p2p', '/ip4/127.0.0.1/tcp/0', ...flags])
    return node
  }

  /** Starts the process; with no flags it goes on where it was. Answers how many milliseconds that took. */
  async start(flags = [], { ready = true } = {}) {
    const began = performance.now()
    this.#spawn(flags)
    const banner = await this.#until('prints its banner', () => /^web\s+(\S+)[^]*^ready\s/m.exec(this.#banner))
    this.url = banner[1]
    if (ready) await this.#until('is ready', async () => (await fetch(`${this.url}/readyz`)).ok)
    return performance.now() - began
  }

  #spawn(flags) {
    this.output += `$ metanet up ${flags.join(' ')}\n`
    const child = spawn(bin, ['up', '--home', this.home, '--log-level', 'info', ...flags], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    running.add(child)
    this.#banner = ''
    child.stdout.setEncoding('utf8').on('data', (text) => (this.#banner += text))
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (this.output = (this.output + text).slice(-KEPT_OUTPUT)))
    }
    this.#child = child
    this.#exited = new Promise((done) => {
      child.once('close', (code, signal) => {
        running.delete(child)
        this.output += `(ended: ${signal ?? code})\n`
        done(signal ?? code)
      })
    })
  }

  async #until(what, check) {
    const ended = this.#exited.then((how) => Promise.reject(new Error(`${this.name} ended with ${how} before it ${what}`)))
    ended.catch(() => undefined)
    try {
      return await Promise.race([ended, eventually(`${this.name} ${what}`, check, START_MILLIS)])
    } catch (error) {
      this.#child.kill('SIGKILL')
      throw error
    }
  }

  /** Sends a signal and waits for the end; answers exit code or signal. */
  async stop(signal = 'SIGTERM') {
    if (!this.#child || !running.has(this.#child)) return undefined
    this.#child.kill(signal)
    return this.#exited
  }

  get pid() {
    return this.#child.pid
  }

  /** Resident memory in MiB. */
  async memory() {
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)[1]) / 1024
  }

  /** The operator's commands for this node. */
  metanet(...args) {
    return metanet(...args, '--home', this.home)
  }

  /** net.metanet.admin.status. */
  async status() {
    return query(this.url, 'net.metanet.admin.status', {}, await this.#token())
  }

  /** /metrics, as its operator. */
  async metrics() {
    const authorization = `Bearer ${await this.#token()}`
    return (await fetch(`${this.url}/metrics`, { headers: { authorization } })).text()
  }

  async #token() {
    return JSON.parse(await readFile(join(this.home, 'control.json'), 'utf8')).token
  }

  about() {
    return fetch(`${this.url}/.well-known/metanet`).then((answer) => answer.json())
  }
}

/** Runs a command to its end; answers { code, stdout, stderr }, never throws for a bad exit status. */
export function metanet(...args) {
  return new Promise((resolve, reject) => {
    execFile(bin, args, { env, timeout: COMMAND_MILLIS, killSignal: 'SIGKILL', maxBuffer: 16 << 20 }, (error, stdout, stderr) => {
      if (error?.killed) return reject(new Error(`metanet ${args.join(' ')} took longer than ${COMMAND_MILLIS} ms\n${stdout}${stderr}`))
      resolve({ code: error ? error.code : 0, stdout, stderr })
    })
  })
}
