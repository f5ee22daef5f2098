// People without a wallet: passkeys by Chromium's virtual authenticator, on a real
// node, up to the day that a wallet takes the account over.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { device, launch, leads, open, person, reload, shoot } from './browser.mjs'
import { up } from './node.mjs'

let browser, node, url, carol, authenticator

before(async () => {
  ;[browser, node] = await Promise.all([launch(), up(process.env.METANET_BIN)])
  url = node.url.replace('127.0.0.1', 'localhost') // an IP address has no passkeys
  carol = await person(browser)
  authenticator = await device(carol)
})

after(async () => {
  await browser?.close()
  await node?.stop()
})

let broken = false

// Each test goes on from where the one before it left the person.
function then(name, f) {
  test(name, async (t) => {
    if (broken) return t.skip('a test before this one failed')
    broken = true
    await f()
    assert.deepEqual(carol.faults, [])
    broken = false
  })
}

const openSheet = (page) => page.getByRole('button', { name: 'Sign in', exact: true }).click()
const post = (page, text) => page.locator('.post', { hasText: text })

async function write(page, text) {
  await page.locator('form[data-composer] textarea').first().fill(text)
  await page.getByRole('button', { name: 'Post', exact: true }).click()
  await post(page, text).first().waitFor()
}

async function signOut(page) {
  await page.locator('#me').click()
  await leads(page, () => page.getByRole('button', { name: 'Sign out' }).click())
  await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor()
}

then('under an IP address the page says where passkeys work', async () => {
  const { page } = carol
  await open(page, node.url)
  await openSheet(page)
  await page.getByText('Passkeys work under this server’s name only').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Sign in with a passkey' }).isVisible(), false)
})

then('somebody without a wallet signs up with a passkey and posts at once', async () => {
  const { page, wallet } = carol
  await open(page, url)
  await openSheet(page)
  await page.getByRole('button', { name: 'New here: make a passkey' }).waitFor()
  assert.deepEqual(await shoot(page, 'passkey-ways'), [])
  await page.getByRole('button', { name: 'New here: make a passkey' }).focus()
  await page.keyboard.press('Enter')
  assert.deepEqual(await shoot(page, 'passkey-handle'), [])
  await page.getByRole('textbox', { name: 'Handle' }).fill('carol')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Later' }).click({ timeout: 60_000 })
  await page.getByRole('heading', { name: 'You are signed in', exact: true }).waitFor()
  await page.getByRole('button', { name: 'Start', exact: true }).click()
  await write(page, 'no wallet, and here I am')
  assert.deepEqual(wallet.asked, [], 'no wallet was asked')
})

then('and comes back with it', async () => {
  const { page } = carol
  await signOut(page)
  await openSheet(page)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.getByRole('button', { name: 'Later' }).click()
  await page.getByRole('heading', { name: 'You are signed in', exact: true }).waitFor()
  await page.getByRole('button', { name: 'Start', exact: true }).click()
  await write(page, 'and back again')
})

then('a second passkey, recovery codes and sign-ins are in the settings', async () => {
  const { page } = carol
  await open(page, `${url}/settings`)
  const passkeys = page.locator('#passkeys li')
  await passkeys.first().waitFor()
  assert.equal(await passkeys.count(), 1)
  assert.deepEqual(await shoot(page, 'settings-passkey'), [])

  // Another authenticator: the first is excluded from making a second one.
  const { cdp, id, add } = authenticator
  const second = await add({ transport: 'usb' })
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await page.waitForFunction(() => document.querySelectorAll('#passkeys li').length === 2)
  await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: second })

  await page.getByRole('button', { name: 'New recovery codes' }).click()
  await page.getByLabel('Recovery codes', { exact: true }).waitFor()
  carol.codes = (await page.getByLabel('Recovery codes', { exact: true }).textContent()).split('\n')
  assert.equal(carol.codes.length, 10)
  assert.deepEqual(await shoot(page, 'settings-codes'), [])
  const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId: id })
  assert.equal(credentials.length, 1)
  assert.equal(credentials[0].rpId, 'localhost')
  assert.ok(await page.getByText('This one', { exact: true }).isVisible())
})

then('who has lost every passkey gets in with a code, and ends the other sign-ins', async () => {
  const lost = await person(browser)
  await device(lost)
  const { page } = lost
  await open(page, url)
  await openSheet(page)
  await page.getByRole('button', { name: 'I have lost my passkey' }).click()
  await page.getByRole('textbox', { name: 'Handle' }).fill('carol')
  await page.getByLabel('Recovery code').fill('aaaa-bbbb-cccc-dddd')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByText("don't belong together").waitFor()
  assert.deepEqual(await shoot(page, 'passkey-wrong-code'), [])
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('button', { name: 'I have lost my passkey' }).click()
  await page.getByRole('textbox', { name: 'Handle' }).fill('carol')
  await page.getByLabel('Recovery code').fill(carol.codes[0])
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('heading', { name: 'You are signed in', exact: true }).waitFor()
  await page.getByRole('button', { name: 'Start', exact: true }).click()

  await open(page, `${url}/settings`)
  await page.getByRole('button', { name: 'End all others' }).click()
  await page.getByRole('button', { name: 'End them' }).click()
  await page.waitForFunction(() => document.querySelectorAll('#sessions li').length === 1)
  await lost.context.close()
})

then('a wallet takes the account over, and nothing is lost', async () => {
  const { page, wallet } = carol
  await reload(page) // its sign-in has ended
  await signInAgain(page)
  await open(page, `${url}/settings`)
  await page.getByRole('button', { name: 'Take over with my wallet' }).click()
  await page.getByRole('button', { name: 'Test Wallet' }).waitFor()
  assert.deepEqual(await shoot(page, 'take-over-wallet'), [])
  await page.getByRole('button', { name: 'Test Wallet' }).click()
  await page.getByText('Let this browser sign what you post').waitFor()
  assert.deepEqual(await shoot(page, 'take-over-authorise'), [])
  await page.getByRole('button', { name: 'Sign it in my wallet' }).click()
  await page.getByText('Your wallet owns this identity now').waitFor({ timeout: 60_000 })
  assert.deepEqual(await shoot(page, 'take-over-done'), [])
  await leads(page, () => page.getByRole('button', { name: 'Done' }).click())
  assert.deepEqual(wallet.asked, ['eth_requestAccounts', 'personal_sign', 'eth_signTypedData_v4'])

  const { did } = await (await fetch(`${url}/xrpc/com.atproto.identity.resolveHandle?handle=${carol.handle}`)).json()
  const identity = await (await fetch(`${url}/xrpc/net.metanet.identity.get?did=${did}`)).json()
  assert.equal(identity.owner.toLowerCase(), wallet.account.address.toLowerCase())
  assert.notEqual(identity.did.split(':').at(-1), wallet.account.address.toLowerCase(), 'the name stays')
  assert.equal(identity.keys.filter((k) => k.status === 'live').length, 2)

  await open(page, `${url}/profile/${identity.did}`)
  await post(page, 'no wallet, and here I am').waitFor()
  await post(page, 'and back again').waitFor()
  await open(page, url)
  await write(page, 'mine alone now')
  await open(page, `${url}/settings`)
  await page.locator('#passkeys li').first().waitFor()
  assert.equal(await page.getByRole('button', { name: 'Take over with my wallet' }).isVisible(), false)
})

async function signInAgain(page) {
  await page.evaluate(() => new Promise((done) => {
    indexedDB.open('metanet').onsuccess = (e) => {
      const tx = e.target.result.transaction('kept', 'readwrite')
      tx.objectStore('kept').delete('session')
      tx.oncomplete = () => (e.target.result.close(), done())
    }
  }))
  await reload(page)
  await openSheet(page)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.getByRole('button', { name: 'Later' }).click()
  await page.getByRole('heading', { name: 'You are signed in', exact: true }).waitFor()
  await page.getByRole('button', { name: 'Start', exact: true }).click()
  carol.handle = await page.locator('#me [data-my-handle]').textContent()
}
