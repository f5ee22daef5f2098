// A disk that is full: writes are refused with a clear error, reads go on, and
// once there is room again writes work without a restart. Nothing that was
// acknowledged is lost. The disk is real: a small file system of its own.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync } from 'node:fs'
import { after } from 'node:test'
import { join } from 'node:path'
import { Person } from './lib/person.mjs'
import { Node, scratch } from './lib/process.mjs'
import { cidAt, getPublic } from './lib/reads.mjs'
import { story } from './lib/story.mjs'
import { eventually } from './lib/until.mjs'

const MiB = 1 << 20
const SIZE = 420 * MiB
const RESERVE = 256 * MiB // content/store, DefaultReserve

const disk = join(scratch, 'disk')
const filler = join(disk, 'somebody-elses-file')
let mounted = ''
try {
  mkdirSync(disk)
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'metanet-e2e', disk], { stdio: 'pipe' })
  mounted = disk
} catch (error) {
  console.error(`NOT TESTED: a full disk, since nothing can be mounted here (${String(error.stderr ?? error).trim()})`)
}
const unmount = () => {
  if (!mounted) return
  execFileSync('umount', ['--lazy', mounted])
  mounted = ''
}

let chainNode, node, alice
const acknowledged = []
const step = story(() => [chainNode, node])
after(unmount)
process.prependListener('exit', unmount) // before its directory is removed

const free = () => statfsSync(disk).bavail * statfsSync(disk).bsize

/** Leaves so many bytes free. */
function leave(bytes) {
  rmSync(filler, { force: true })
  const size = free() - bytes
  if (size > 0) execFileSync('fallocate', ['--length', size, filler])
}

const signed = (text) => alice.put(alice.post(text)).then((post) => acknowledged.push(post))
const hosted = (text) => alice.create('app.bsky.feed.post', { text, createdAt: new Date().toISOString() }).then((post) => acknowledged.push(post))

async function noSpace(promise) {
  const error = await promise.then(
    (answer) => assert.fail(`written: ${JSON.stringify(answer)}`),
    (error) => error,
  )
  assert.deepEqual([error.status, error.code], [507, 'NoSpace'], error.message)
  assert.match(error.detail, /(disk is full|no room for blobs now); nothing was written/)
}

async function everythingIsThere() {
  for (const post of acknowledged) assert.equal(await cidAt(node.url, post.uri), post.cid, post.uri)
}

function thenOnDisk(name, work) {
  step(name, (t) => (mounted ? work(t) : t.skip('nothing can be mounted here')))
}

thenOnDisk('a node on a small disk', async () => {
  chainNode = await Node.up('chain')
  node = await Node.up('small', ['--join', chainNode.url], { home: join(disk, 'home') })
  alice = await new Person('alice', node).arrive()
  await signed('Room enough')
  await hosted('Room enough for this, too')
})

for (const [how, left] of [['nearly full', RESERVE - 8 * MiB], ['full to the last byte', 0]]) {
  thenOnDisk(`${how}: writes are refused, reads go on`, async () => {
    leave(left)
    await eventually('the node notices', () => signed('Is there room?').then(() => undefined, (error) => error.code === 'NoSpace'))
    const { sequence } = await node.status()
    for (let i = 0; i < 5; i++) {
      await noSpace(alice.send(alice.post('No room').bytes))
      await noSpace(alice.create('app.bsky.feed.post', { text: 'No room', createdAt: new Date().toISOString() }))
      await noSpace(alice.uploadBlob('image/png', Buffer.alloc(100_000, 1)))
    }
    assert.equal((await node.status()).sequence, sequence, 'nothing was written')
    await everythingIsThere()
    assert.ok((await getPublic(node.url)).length > 0)
    assert.equal((await fetch(`${node.url}/livez`)).status, 200)
    assert.equal((await fetch(node.url)).status, 200)
  })

  thenOnDisk(`no longer ${how}: writes work again without a restart`, async () => {
    leave(SIZE)
    await eventually('the node writes again', () => signed('Room again').then(() => true, () => false))
    await hosted('Room again for this, too')
    await everythingIsThere()
  })
}

thenOnDisk('what others do meanwhile, on-chain too, does not end the node and comes when there is room', async () => {
  leave(0)
  await eventually('the node notices', () => signed('Still room?').then(() => undefined, (error) => error.code === 'NoSpace'))
  const bob = await new Person('bobby', chainNode).arrive()
  const post = await bob.put(bob.post('Written while the other disk was full'))
  await eventually('the node meets the new block', () => node.output.includes('a part waits for the disk'))
  await everythingIsThere()
  acknowledged.push(post)
  leave(SIZE)
  await eventually('it has arrived', async () => (await cidAt(node.url, post.uri)) === post.cid, 60_000)
  assert.equal((await bob.identity(node.url)).status, 'active')
})

thenOnDisk('full, and then killed: a restart has all that was acknowledged', async () => {
  leave(RESERVE - 8 * MiB)
  await eventually('the node notices', () => signed('The last one').then(() => undefined, (error) => error.code === 'NoSpace'))
  await node.stop('SIGKILL')
  leave(SIZE)
  await node.start()
  await everythingIsThere()
  await signed('After the restart')
})

thenOnDisk('they stop', async () => {
  assert.equal(await node.stop(), 0)
  assert.equal(await chainNode.stop(), 0)
  assert.doesNotMatch(node.output, /panic|goroutine/)
})
