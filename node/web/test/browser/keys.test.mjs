// Keys, recovery and moving home on the settings page, over two real nodes: with
// the server's help, and against its will.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { launch, open, output, person, shoot, step } from './browser.mjs'
import { eventually, up } from './node.mjs'

let a, b, browser, alice
let failed = false

before(async () => {
  a = await up(process.env.METANET_BIN)
  b = await up(process.env.METANET_BIN, '--join', a.url)
  browser = await launch()
  alice = await person(browser)
})

after(async () => {
  await browser?.close()
  await Promise.all([a?.stop(), b?.stop()])
})

function then(name, work) {
  test(name, async (t) => {
    if (failed) return t.skip('an earlier step failed')
    try {
      await work(t)
    } catch (error) {
      failed = true
      await alice?.page?.screenshot({ path: join(output, 'failed-keys.png'), fullPage: true })
      throw error
    }
  })
}

const cold = privateKeyToAccount(generatePrivateKey()).address.toLowerCase()
const thief = privateKeyToAccount(generatePrivateKey()).address.toLowerCase()
const sign = (page) => page.getByRole('button', { name: 'Sign it in my wallet' }).click()

/** The wallet is asked for once in each page; its button is seen for a moment even where it was chosen before. */
async function choose(page) {
  const wallet = page.getByRole('button', { name: 'Test Wallet' })
  const asked = step(page, 'authorise')
  while (!(await asked.isVisible())) {
    await wallet.or(asked).locator('visible=true').first().waitFor()
    if (await wallet.isVisible()) await wallet.click({ timeout: 1000 }).catch(() => undefined)
  }
}

async function signIn(page, url, handle) {
  await open(page, url)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('button', { name: 'Test Wallet' }).click()
  if (handle) {
    await page.locator('#handle').fill(handle)
    await page.getByRole('button', { name: 'Continue' }).click()
  }
  await sign(page)
  const last = step(page, 'recovery').or(step(page, 'done')).locator('visible=true').first()
  await last.waitFor()
  if (await step(page, 'recovery').isVisible()) await page.getByRole('button', { name: 'Later' }).click()
  await page.getByRole('button', { name: 'Start', exact: true }).click()
}

then('somebody sees their keys, and sets a recovery address', async () => {
  const { page } = alice
  await signIn(page, a.url, 'alice')
  await open(page, `${a.url}/settings`)
  await page.getByText('This browser', { exact: true }).waitFor()
  await page.getByText('Kept by your home server').waitFor()
  await page.getByText('You have none').waitFor()
  await page.getByLabel('New recovery address').fill('0x12')
  await page.getByRole('button', { name: 'Set it' }).click()
  await page.getByText('That is not an address').waitFor()
  await page.getByLabel('New recovery address').fill(cold)
  await page.getByRole('button', { name: 'Set it' }).click()
  await choose(page)
  await step(page, 'authorise').getByText('has the last word').waitFor()
  assert.deepEqual(await shoot(page, 'keys-order'), [])
  await sign(page)
  await page.getByText('Done. It is on the chain.').waitFor()
  assert.equal((await page.locator('#recovery-address').textContent()).toLowerCase(), cold)
  assert.deepEqual(await shoot(page, 'keys'), [])
})

then('a server that asks for another recovery address gets no signature', async () => {
  const { page, wallet } = alice
  await page.route('**/xrpc/net.metanet.identity.prepare', async (route) => {
    const answer = await route.fetch()
    const body = await answer.json()
    body.typedData.message.recovery = thief
    await route.fulfill({ response: answer, json: body })
  })
  const before = wallet.asked.length
  await page.getByLabel('New recovery address').fill('0x' + '5a'.repeat(20))
  await page.getByRole('button', { name: 'Set it' }).click()
  await choose(page)
  await sign(page)
  await page.getByText('is not what you asked for').waitFor()
  assert.ok(!wallet.asked.slice(before).includes('eth_signTypedData_v4'), wallet.asked.join())
  await page.unroute('**/xrpc/net.metanet.identity.prepare')
  await page.getByRole('button', { name: 'Close' }).first().click()
})

then('what waits is on every page, and can be cancelled there', async () => {
  const { page } = alice
  await page.getByText('Give the identity to another wallet').click()
  await page.getByLabel('New owner’s address').fill(thief)
  await page.getByRole('button', { name: 'Give it away' }).click()
  await page.locator('#confirm-yes').click()
  await choose(page)
  await sign(page)
  await page.getByText('A change of your identity is waiting').first().waitFor()
  await open(page, a.url)
  await page.getByText(/It will be given to 0x.*in 3 days/i).waitFor()
  assert.deepEqual(await shoot(page, 'keys-banner'), [])
  await page.getByRole('link', { name: 'Look at it now' }).click()
  await page.getByRole('button', { name: 'Cancel it' }).click()
  await choose(page)
  await sign(page)
  await page.getByText('Done. It is on the chain.').waitFor()
  assert.equal(await page.locator('.warning').count(), 0)
})

then('a server that refuses is done without: the wallet sends the transaction', async () => {
  const { page, wallet } = alice
  const about = await (await fetch(`${a.url}/.well-known/metanet`)).json()
  wallet.rpc = about.chain.rpc
  await fetch(`${a.url}/xrpc/net.metanet.dev.fund`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ address: wallet.account.address }),
  })
  await page.route('**/xrpc/net.metanet.identity.prepare', (route) =>
    route.fulfill({ status: 429, json: { error: 'QuotaExceeded', message: 'this server pays for no more of these now' } }))
  await page.locator('#keys li', { hasText: 'Kept by your home server' }).getByRole('button', { name: /^End the key/ }).click()
  await choose(page)
  await sign(page)
  await page.getByText('Your wallet can send the transaction itself').waitFor()
  assert.deepEqual(await shoot(page, 'keys-own'), [])
  await page.getByRole('button', { name: 'Send it from my own wallet' }).click()
  await page.getByText('Done. It is on the chain.').waitFor()
  assert.ok(wallet.asked.includes('eth_sendTransaction'))
  await page.unroute('**/xrpc/net.metanet.identity.prepare')
  await eventually('one key has ended', async () => (await page.reload(), await page.locator('#keys li').first().waitFor(), (await page.locator('#keys .tag', { hasText: 'Ended' }).count()) === 1))
})

then('somebody moves to another server', async () => {
  const { page } = alice
  await eventually('b knows her', async () => {
    const did = (await (await fetch(`${a.url}/xrpc/net.metanet.feed.getPublic`)).json()) && (await page.evaluate(() => document.querySelector('[data-my-profile]').getAttribute('href').split('/').pop()))
    return (await fetch(`${b.url}/xrpc/com.atproto.repo.getRecord?repo=${did}&collection=net.metanet.identity.at&rkey=self`)).ok
  })
  await signIn(page, b.url)
  await open(page, `${b.url}/settings`)
  await page.getByRole('button', { name: /^Move to/ }).click()
  await choose(page)
  await step(page, 'authorise').getByText('your home server').waitFor()
  await sign(page)
  await page.getByText('You have moved').waitFor()
  await page.getByText('This server', { exact: true }).waitFor()
  assert.deepEqual(await shoot(page, 'keys-moved'), [])
})

then('somebody leaves, and is gone from both servers', async () => {
  const { page } = alice
  const did = await page.evaluate(() => document.querySelector('[data-my-profile]').getAttribute('href').split('/').pop())
  const name = (url) => fetch(`${url}/xrpc/com.atproto.repo.getRecord?repo=${did}&collection=net.metanet.identity.at&rkey=self`)
  assert.ok((await name(b.url)).ok)
  await page.getByRole('button', { name: 'Delete my account' }).click()
  assert.deepEqual(await shoot(page, 'leave'), [])
  await page.getByRole('button', { name: 'Delete everything' }).click()
  await page.waitForURL(`${b.url}/`)
  await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor()
  for (const url of [b.url, a.url]) await eventually(`${url} shows nothing of her`, async () => !(await name(url)).ok)
})
