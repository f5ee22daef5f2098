// A real node: a process of its own, with a home of its own, on free ports.
import { spawn, execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const START_MILLIS = 120_000

// METANET_… are settings of the node: whatever the caller's shell holds is not meant for these.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('METANET_')))

/** Starts a node and answers once it says that it is ready. */
export async function up(bin, ...args) {
  const home = await mkdtemp(join(tmpdir(), 'metanet-web-'))
  const child = spawn(
    bin,
    ['up', '--home', home, '--http', '127.0.0.1:0', '--p2p', '/ip4/127.0.0.1/tcp/0', '--rpc', '127.0.0.1:0', ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], env },
  )
  const exited = new Promise((done) => child.once('exit', done))
  const output = await ready(child)
  const url = /^web\s+(\S+)/m.exec(output)?.[1]?.replace(/\/$/, '')
  if (!url) throw new Error(`the node printed no web address:\n${output}`)
  return {
    url,
    home,
    metanet: (...command) => promisify(execFile)(bin, [...command, '--home', home], { env }),
    async stop() {
      child.kill('SIGTERM')
      await exited
      await rm(home, { recursive: true, force: true })
    },
  }
}

function ready(child) {
  return new Promise((resolve, reject) => {
    let output = ''
    const timer = setTimeout(() => fail('was not ready in time'), START_MILLIS)
    const fail = (why) => {
      clearTimeout(timer)
      child.kill('SIGKILL')
      reject(new Error(`the node ${why}:\n${output}`))
    }
    const hear = (chunk) => {
      output += chunk
      if (!/^ready\s/m.test(output)) return
      clearTimeout(timer)
      resolve(output)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', (chunk) => (output += chunk))
    child.once('exit', (code) => fail(`ended with ${code}`))
  })
}

/** Tries until something holds; what it was waiting for is in the error. */
export async function eventually(what, check, millis = 30_000) {
  const until = Date.now() + millis
  let last
  for (;;) {
    try {
      const found = await check()
      if (found) return found
    } catch (error) {
      last = error
    }
    if (Date.now() > until) throw new Error(`waited ${millis} ms in vain: ${what}`, { cause: last })
    await new Promise((done) => setTimeout(done, 250))
  }
}
