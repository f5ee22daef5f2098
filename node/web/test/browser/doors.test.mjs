// Newcomers with a passkey at a server that asks something of them, and the codes
// that members make.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { device, launch, open, person, shoot } from './browser.mjs'
import { up } from './node.mjs'

let browser, node, url

before(async () => {
  ;[browser, node] = await Promise.all([launch(), up(process.env.METANET_BIN, '--registration', 'invitation')])
  url = node.url.replace('127.0.0.1', 'localhost') // an IP address has no passkeys
})

after(async () => {
  await browser?.close()
  await node?.stop()
})

async function newcomer() {
  const somebody = await person(browser)
  const key = await device(somebody)
  await open(somebody.page, url)
  return { ...somebody, passkeys: async () => (await key.cdp.send('WebAuthn.getCredentials', { authenticatorId: key.id })).credentials }
}

async function signUp(page, handle, entry) {
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('button', { name: 'New here: make a passkey' }).click()
  await page.getByRole('textbox', { name: 'Handle' }).fill(handle)
  await page.keyboard.press('Enter')
  await page.locator('#entry').fill(entry)
  assert.deepEqual(await shoot(page, `passkey-entry-${handle}`), [])
  await page.keyboard.press('Enter')
}

async function arrived(page) {
  await page.getByRole('button', { name: 'Later' }).click({ timeout: 60_000 })
  await page.getByRole('heading', { name: 'You are signed in', exact: true }).waitFor()
  await page.getByRole('button', { name: 'Start', exact: true }).click()
}

const operatorsCode = async () => (await node.metanet('registration', 'invite')).stdout.trim()

test('an invitation lets a newcomer in, who invites the next', async () => {
  const carol = await newcomer()
  await signUp(carol.page, 'carol', 'aaaa-bbbb-cccc-dddd')
  await carol.page.getByText('that invitation is unknown').waitFor()
  assert.deepEqual(await carol.passkeys(), [], 'a mistyped code left a passkey on the device')
  await carol.page.getByRole('button', { name: 'Try again' }).click()
  await carol.page.getByRole('button', { name: 'Close' }).first().click()
  await signUp(carol.page, 'carol', await operatorsCode())
  await arrived(carol.page)

  const { page } = carol
  await open(page, `${url}/settings`)
  await page.getByLabel('For whom?').fill('my sister')
  await page.getByRole('button', { name: 'Make a code' }).click()
  const shown = page.getByLabel('The invitation’s code')
  await shown.waitFor()
  const code = await shown.textContent()
  assert.match(code, /^[a-z0-9]{4}(-[a-z0-9]{4}){3}$/)
  await page.locator('#usage li').filter({ hasText: 'Invitations' }).waitFor()
  assert.deepEqual(await shoot(page, 'settings-invitations'), [])

  const dora = await newcomer()
  await signUp(dora.page, 'dora', code)
  await arrived(dora.page)
  await open(page, `${url}/settings`)
  await page.locator('#invitations li', { hasText: 'used' }).waitFor()
  await page.getByLabel('For whom?').fill('nobody after all')
  await page.getByRole('button', { name: 'Make a code' }).click()
  await page.getByRole('button', { name: 'Withdraw the invitation nobody after all' }).click()
  await page.getByRole('button', { name: 'Withdraw the invitation nobody after all' }).waitFor({ state: 'detached' })
  for (const somebody of [carol, dora]) await somebody.context.close()
})

test('where the operator decides, a note is asked, and the same passkey comes in later', async () => {
  await node.metanet('registration', 'mode', 'approval')
  const erin = await newcomer()
  const { page } = erin
  await signUp(page, 'erin', 'I am Erin of the choir')
  await page.getByText('your application waits').waitFor()
  const list = (await node.metanet('registration', 'list')).stdout
  const [, did] = /(did:ethr:\S+)\s+I am Erin of the choir/.exec(list)
  await node.metanet('registration', 'approve', did)

  await open(page, url)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.getByRole('textbox', { name: 'Handle' }).fill('erin')
  await page.keyboard.press('Enter')
  await arrived(page)
  assert.match((await node.metanet('block', 'journal')).stdout, /approve account\s+did:ethr:/)
  await erin.context.close()
})
