// The whole way of a person with a wallet, in a real browser, over two real
// nodes. The steps build on each other, so the first failure ends the run.
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { privateKeyToAccount, generatePrivateKey } from 'viem/accounts'
import { launch, leads, open, output, person, picture, reload, shoot, step } from './browser.mjs'
import { eventually, up } from './node.mjs'

const bin = process.env.METANET_BIN
assert.ok(bin, 'METANET_BIN names the binary to test')

let a, b, browser, alice, bob
let failed = false

before(async () => {
  a = await up(bin)
  b = await up(bin, '--join', a.url)
  browser = await launch()
  alice = await person(browser)
  bob = await person(browser)
})

after(async () => {
  await browser?.close()
  await Promise.all([a?.stop(), b?.stop()])
})

/** A step that only runs if all before it went well. */
function then(name, work) {
  test(name, async (t) => {
    if (failed) return t.skip('an earlier step failed')
    try {
      await work(t)
      for (const who of [alice, bob]) assert.deepEqual(who.faults, [], 'the browser complained')
    } catch (error) {
      failed = true
      await Promise.all([alice?.page, bob?.page].map((page, i) => page?.screenshot({ path: join(output, `failed-${i}.png`), fullPage: true })))
      throw error
    }
  })
}

const posts = (page, text) => page.locator('.post').filter({ hasText: text })

then('a stranger can read, and is told nothing is here yet', async () => {
  await open(alice.page, a.url)
  await alice.page.getByText('Nobody has written anything yet').waitFor()
  assert.deepEqual(await shoot(alice.page, 'empty'), [])
})

then('the first Tab reaches a link to the content', async () => {
  await open(alice.page, a.url)
  await alice.page.keyboard.press('Tab')
  assert.equal(await alice.page.evaluate(() => document.activeElement?.textContent), 'Skip to the content')
  await alice.page.keyboard.press('Enter')
  await alice.page.keyboard.press('Tab')
  assert.ok(await alice.page.evaluate(() => document.querySelector('main, .rail').contains(document.activeElement) || document.activeElement.closest('.columns')))
})

then('a message that signs in somewhere else never reaches the wallet', async () => {
  const { page, wallet } = bob
  await open(page, a.url)
  await page.route('**/xrpc/net.metanet.auth.challenge', async (route) => {
    const answer = await route.fetch()
    const body = await answer.json()
    body.message = body.message.replaceAll(new URL(a.url).host, 'evil.example')
    await route.fulfill({ response: answer, json: body })
  })
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('button', { name: 'Test Wallet' }).click()
  await page.getByRole('textbox', { name: 'Handle' }).fill('bob')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByText('Do not sign it.').waitFor()
  assert.deepEqual(wallet.asked, ['eth_requestAccounts'])
  await page.unroute('**/xrpc/net.metanet.auth.challenge')
})

then('somebody signs in with a wallet, chooses a handle and authorises this browser', async () => {
  const { page, wallet } = alice
  await open(page, a.url)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('button', { name: 'Test Wallet' }).waitFor()
  assert.deepEqual(await shoot(page, 'sign-in-wallets'), [])
  await page.getByRole('button', { name: 'Test Wallet' }).click()

  await page.getByRole('textbox', { name: 'Handle' }).fill('a')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByText('A handle has 3 to 20').waitFor()
  assert.deepEqual(await shoot(page, 'sign-in-handle'), [])

  wallet.declines = true
  await page.getByRole('textbox', { name: 'Handle' }).fill('alice')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByText('You declined in the wallet').waitFor()
  assert.deepEqual(await shoot(page, 'sign-in-declined'), [])
  const stale = await page.evaluate(async () => {
    const old = document.querySelector('#wallets button')
    document.getElementById('sign-in-retry').click()
    await new Promise((done) => setTimeout(done))
    return old.checkVisibility()
  })
  assert.equal(stale, false, 'the button of the first attempt can still be pressed, and does nothing')
  await page.getByRole('button', { name: 'Test Wallet' }).click()
  await page.getByRole('textbox', { name: 'Handle' }).fill('alice')
  await page.getByRole('button', { name: 'Continue' }).click()

  await step(page, 'authorise').getByText('Let this browser sign what you post').waitFor()
  assert.deepEqual(await shoot(page, 'sign-in-authorise'), [])
  await page.getByRole('button', { name: 'Sign it in my wallet' }).click()

  await step(page, 'recovery').waitFor()
  assert.deepEqual(await shoot(page, 'sign-in-recovery'), [])
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Save the file' }).click()
  await checkRecovery(await (await download).path(), page)

  await page.getByText('You are signed in').waitFor()
  await page.getByRole('button', { name: 'Start', exact: true }).click()
  await page.waitForSelector('#me:not([hidden])')
  assert.match(await page.locator('#me').textContent(), /alice\./)
  assert.equal(wallet.asked.filter((m) => m === 'eth_signTypedData_v4').length, 1, 'one signature enrols')
})

async function checkRecovery(path, page) {
  const file = JSON.parse(await readFile(path, 'utf8'))
  assert.match(file.rotationKey, /^did:key:zDn/)
  assert.match(file.atName, /^did:plc:/)
  const key = await crypto.subtle.importKey('pkcs8', Buffer.from(file.privateKey, 'base64'), { name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign'])
  assert.equal(key.algorithm.namedCurve, 'P-256')
  const { value } = await (await fetch(`${a.url}/xrpc/com.atproto.repo.getRecord?repo=${file.atName}&collection=net.metanet.identity.at&rkey=self`)).json()
  assert.equal(value.operation.rotationKeys[0], file.rotationKey, 'the person’s key comes first')
  const left = await page.evaluate(async () => {
    const db = await new Promise((ok, no) => Object.assign(indexedDB.open('metanet'), { onsuccess: (e) => ok(e.target.result), onerror: no }))
    const names = await new Promise((ok) => (db.transaction('kept').objectStore('kept').getAllKeys().onsuccess = (e) => ok(e.target.result)))
    db.close()
    return names.filter((n) => n.startsWith('recovery:'))
  })
  assert.deepEqual(left, [], 'the recovery key is kept here no longer')
}

then('the device key cannot be read out', async () => {
  const refused = await alice.page.evaluate(async () => {
    const db = await new Promise((ok, no) => Object.assign(indexedDB.open('metanet'), { onsuccess: (e) => ok(e.target.result), onerror: no }))
    const store = () => db.transaction('kept').objectStore('kept')
    const names = await new Promise((ok) => (store().getAllKeys().onsuccess = (e) => ok(e.target.result)))
    const kept = await new Promise((ok) => (store().get(names.find((n) => n.startsWith('device:'))).onsuccess = (e) => ok(e.target.result)))
    db.close()
    return crypto.subtle.exportKey('pkcs8', kept.pair.privateKey).then(() => 'exported', (e) => e.name)
  })
  assert.equal(refused, 'InvalidAccessError')
})

then('words and a picture, signed in the browser', async () => {
  const { page } = alice
  const box = page.getByRole('textbox', { name: 'New post' })
  await box.fill('Up before the sun for once. https://example.org/walks has the way. #morning')
  await page.locator('input[name=picture]').setInputFiles({ name: 'hills.png', mimeType: 'image/png', buffer: picture() })
  await page.getByLabel('Description').fill('A pale sun above two lines of dark hills')
  assert.deepEqual(await shoot(page, 'composing'), [])
  await page.getByRole('button', { name: 'Post', exact: true }).click()
  const post = posts(page, 'Up before the sun')
  await post.waitFor()
  const img = post.getByRole('img', { name: 'A pale sun above two lines of dark hills' })
  await eventually('the picture is shown here', () => img.evaluate((i) => i.naturalWidth > 0))
  assert.equal(await post.getByRole('link', { name: 'https://example.org/walks' }).getAttribute('rel'), 'nofollow noopener noreferrer ugc')
  assert.equal(await box.inputValue(), '')
})

then('the other node shows both', async () => {
  const { page } = bob
  const post = posts(page, 'Up before the sun')
  await eventually('the post is on the other node', async () => {
    await open(page, b.url)
    return (await post.count()) === 1
  })
  const img = post.getByRole('img', { name: 'A pale sun above two lines of dark hills' })
  await img.scrollIntoViewIfNeeded()
  await eventually('the picture is on the other node', () => img.evaluate((i) => i.naturalWidth === 1024 && i.complete))
  assert.equal(new URL(await img.evaluate((i) => i.currentSrc)).origin, b.url)
  assert.deepEqual(await shoot(page, 'other-node'), [])
})

then('a reload changes nothing: still signed in', async () => {
  const { page, wallet } = alice
  const asked = wallet.asked.length
  await reload(page)
  assert.match(await page.locator('#me').textContent(), /alice\./)
  await page.getByRole('textbox', { name: 'New post' }).fill('Still here after a reload.')
  await page.keyboard.press('Control+Enter')
  await posts(page, 'Still here after a reload.').waitFor()
  assert.equal(wallet.asked.length, asked, 'the wallet was not needed')
})

then('a signature by another account is refused, and said so', async () => {
  const { page, wallet } = bob
  await open(page, b.url)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('button', { name: 'Test Wallet' }).click()
  await page.getByRole('textbox', { name: 'Handle' }).fill('bob')
  await page.getByRole('button', { name: 'Continue' }).click()
  wallet.impostor = privateKeyToAccount(generatePrivateKey())
  await page.getByRole('button', { name: 'Sign it in my wallet' }).click()
  await page.getByText('signed by another account').waitFor()
  assert.deepEqual(await shoot(page, 'sign-in-wrong-account'), [])
  const { keys } = await (await fetch(`${b.url}/xrpc/net.metanet.identity.get?did=${await did(page)}`)).json()
  assert.deepEqual(keys ?? [], [], 'nothing was authorised')
})

then('typed data that authorises another key never reaches the wallet', async () => {
  const { page, wallet } = bob
  await page.route('**/xrpc/net.metanet.identity.prepare', async (route) => {
    const answer = await route.fetch()
    const body = await answer.json()
    body.typedData.message.key = '0x' + '11'.repeat(32)
    await route.fulfill({ response: answer, json: body })
  })
  const asked = wallet.asked.length
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('it is about another key').waitFor()
  assert.equal(wallet.asked.length, asked)
  await page.unroute('**/xrpc/net.metanet.identity.prepare')
})

then('with the right account it goes on where it was', async () => {
  const { page, wallet } = bob
  wallet.impostor = undefined
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('button', { name: 'Sign it in my wallet' }).click()
  await step(page, 'recovery').waitFor()
  await page.getByRole('button', { name: 'Later' }).click()
  await page.getByRole('button', { name: 'Start', exact: true }).click()
  await page.waitForSelector('#me:not([hidden])')
  await page.locator('#me').click()
  await page.getByRole('button', { name: 'Save your recovery file' }).waitFor()
  assert.deepEqual(await shoot(page, 'menu'), [])
  await page.keyboard.press('Escape')
})

const did = (page) =>
  page.evaluate(async () => {
    const db = await new Promise((ok, no) => Object.assign(indexedDB.open('metanet'), { onsuccess: (e) => ok(e.target.result), onerror: no }))
    const session = await new Promise((ok) => (db.transaction('kept').objectStore('kept').get('session').onsuccess = (e) => ok(e.target.result)))
    db.close()
    return session.did
  })

then('like, repost, follow and reply across nodes', async () => {
  const { page } = bob
  await open(page, b.url)
  const post = posts(page, 'Up before the sun')
  for (const [act, name] of [['like', /Like/], ['repost', /Repost/]]) {
    const button = post.getByRole('button', { name })
    await button.click()
    await page.waitForSelector(`.post button[data-act=${act}][aria-pressed=true]`)
  }
  await leads(page, () => post.locator('.name').click())
  await page.getByRole('button', { name: 'Follow', exact: true }).click()
  await page.getByRole('button', { name: 'Following', exact: true }).waitFor()
  await reload(page)
  await page.getByRole('button', { name: 'Following', exact: true }).waitFor()

  await open(page, b.url)
  await leads(page, () => posts(page, 'Up before the sun').locator('.when').click())
  await page.getByRole('textbox', { name: /Reply to/ }).fill('Envious. Where is this?')
  await page.getByRole('button', { name: 'Reply', exact: true }).click()
  await posts(page, 'Envious. Where is this?').waitFor()
  await page.waitForSelector('.post.focus button[data-act=like][aria-pressed=true]')

  await open(page, `${b.url}/following`)
  await posts(page, 'Up before the sun').first().waitFor()
})

then('mute and block leave somebody out, where one may be', async () => {
  const { page } = bob
  const theirs = posts(page, 'Up before the sun').first()
  await open(page, b.url)
  await leads(page, () => theirs.locator('.when').click())
  const reply = await posts(page, 'Envious').locator('.when').getAttribute('href')
  const profile = await theirs.locator('.name').getAttribute('href')
  const toAlice = () => open(page, b.url + profile)
  const press = async (name, becomes) => {
    await page.getByRole('button', { name, exact: true }).click()
    if (name === 'Block') await page.getByRole('button', { name: 'Block them' }).click()
    await page.getByRole('button', { name: becomes, exact: true }).waitFor()
  }
  for (const [off, on, why] of [['Mute', 'Muted', 'you muted'], ['Block', 'Blocked', 'you blocked']]) {
    await toAlice()
    await press(off, on)
    await theirs.waitFor() // on their own profile they're shown
    await open(page, b.url)
    await theirs.waitFor({ state: 'hidden' })
    await open(page, b.url + reply)
    const note = page.locator('.hole').filter({ hasText: why })
    await note.waitFor()
    if (off === 'Mute') assert.deepEqual(await shoot(page, 'muted'), [])
    await note.getByRole('button', { name: 'Show' }).click()
    await theirs.waitFor()
    await toAlice()
    await press(on, off)
    await open(page, b.url)
    await theirs.waitFor()
  }
})

then('the author sees them at home', async () => {
  const { page } = alice
  await eventually('the reply is back', async () => {
    await open(page, a.url)
    await leads(page, () => posts(page, 'Up before the sun').locator('.when').first().click())
    return (await posts(page, 'Envious. Where is this?').count()) === 1
  })
  const focus = page.locator('.post.focus')
  await eventually('the like is counted', async () => {
    await reload(page)
    return (await focus.locator('button[data-act=like] .n').textContent()) === '1'
  })
  await page.getByRole('textbox', { name: /Reply to/ }).fill('Behind the old mill. Come along.')
  await page.getByRole('button', { name: 'Reply', exact: true }).click()
  await posts(page, 'Behind the old mill').waitFor()
})

then('a post says who signed it, and since when they may', async () => {
  const { page } = alice
  const proof = page.locator('#proof')
  await proof.getByText(/Signed by key z6Mk\w+, authorised at block \d+; record id bafyrei\w+/).waitFor()
  assert.deepEqual(await shoot(page, 'thread'), [])
})

then('liking twice is undoing', async () => {
  const { page } = alice
  const button = page.locator('.post.focus button[data-act=like]')
  await button.click()
  await page.waitForSelector('.post.focus button[data-act=like][aria-pressed=true]')
  await eventually('not pressed again', async () => {
    await button.click()
    return (await button.getAttribute('aria-pressed')) === 'false'
  })
})

then('one’s own post can be deleted, others’ cannot', async () => {
  const { page } = alice
  assert.equal(await posts(page, 'Envious. Where is this?').getByRole('button', { name: /Delete/ }).count(), 0)
  await open(page, a.url)
  const post = posts(page, 'Still here after a reload.')
  await post.getByRole('button', { name: /Delete/ }).click()
  await page.getByRole('heading', { name: 'Delete this post?' }).waitFor()
  assert.deepEqual(await shoot(page, 'delete'), [])
  await page.getByRole('button', { name: 'Delete it' }).click()
  await post.waitFor({ state: 'detached' })
  await eventually('it is gone on the other node, too', async () => {
    await open(bob.page, b.url)
    return (await posts(bob.page, 'Still here after a reload.').count()) === 0
  })
})

then('what concerns her is new to the author, until she has looked', async () => {
  const { page } = alice
  await eventually('the navigation says so', async () => {
    await open(page, a.url)
    return page.getByRole('link', { name: /^Notifications \d+ new$/ }).isVisible()
  })
  await page.keyboard.press('Tab') // by keyboard alone: skip link, name, then the navigation
  for (let i = 0; i < 8 && !/^Notifications/.test(await page.evaluate(() => document.activeElement?.textContent ?? '')); i++) {
    await page.keyboard.press('Tab')
  }
  await leads(page, () => page.keyboard.press('Enter'))
  assert.match(page.url(), /\/notifications$/)
  for (const does of ['likes your post', 'reposted your post', 'follows you', 'answered you']) await page.getByText(does).first().waitFor()
  assert.ok((await page.locator('.notices .unseen').count()) > 0, 'new ones are marked')
  assert.deepEqual(await shoot(page, 'notifications'), [])
  await page.getByRole('link', { name: 'Notifications', exact: true }).waitFor()
  await leads(page, () => page.getByRole('navigation', { name: 'Which notifications' }).getByRole('link', { name: 'Mentions' }).click())
  await page.getByText('answered you').waitFor()
  assert.equal(await page.getByText('likes your post').count(), 0)
  assert.equal(await page.locator('.notices .unseen').count(), 0, 'they were seen')
})

then('posts are found by their words, by hashtags and by who wrote them', async () => {
  const { page } = alice
  await open(page, a.url)
  await page.getByRole('textbox', { name: 'New post' }).fill('Herons were standing in the #reeds')
  await page.getByRole('button', { name: 'Post', exact: true }).click()
  await posts(page, 'Herons were standing').waitFor()
  await eventually('it is found', async () => {
    await open(page, `${a.url}/search`)
    await page.getByRole('searchbox', { name: /People, words/ }).fill('heron stands')
    await leads(page, () => page.keyboard.press('Enter'))
    return posts(page, 'Herons were standing').isVisible()
  })
  assert.deepEqual(await shoot(page, 'search'), [])
  await leads(page, () => page.getByRole('link', { name: '#reeds' }).click())
  await page.getByRole('heading', { name: '#reeds', level: 1 }).waitFor()
  await posts(page, 'Herons were standing').waitFor()
  assert.deepEqual(await shoot(page, 'hashtag'), [])
  await open(page, `${a.url}/search?q=ali`)
  await page.getByRole('heading', { name: 'People' }).waitFor()
  await leads(page, () => page.locator('.people a').first().click())
  await page.locator('.profile').waitFor()
})

then('a long text is kept whole', async () => {
  const { page } = alice
  await open(page, a.url)
  const long = 'Some thoughts need room. '.repeat(20) + 'And an end.'
  await page.getByRole('textbox', { name: 'New post' }).fill(long)
  assert.match(await page.locator('[data-left]').first().textContent(), /^-\d+$/)
  await page.getByText('Long post: some apps show the beginning').waitFor()
  await page.getByRole('button', { name: 'Post', exact: true }).click()
  const post = posts(page, 'Some thoughts need room.')
  await leads(page, () => post.getByRole('link', { name: 'Read all' }).click())
  await posts(page, 'And an end.').waitFor()
})

then('strangers’ markup stays text', async () => {
  const { page } = alice
  await open(page, a.url)
  await page.getByRole('textbox', { name: 'New post' }).fill('<img src=x onerror="document.title=1"> <b>bold?</b>')
  await page.getByRole('button', { name: 'Post', exact: true }).click()
  await posts(page, '<b>bold?</b>').waitFor()
  assert.notEqual(await page.title(), '1')
})

then('a profile can be told and shows the chain’s keys', async () => {
  const { page } = alice
  await page.locator('#me').click()
  await leads(page, () => page.getByRole('link', { name: 'Your profile and keys' }).click())
  await page.getByRole('button', { name: 'Edit profile' }).click()
  await page.getByLabel('Name', { exact: true }).fill('Alice Liddell')
  await page.getByLabel('About you').fill('Early riser. Writes from https://example.org now and then.')
  assert.deepEqual(await shoot(page, 'edit-profile'), [])
  await leads(page, () => page.getByRole('button', { name: 'Save', exact: true }).click())
  await page.getByRole('heading', { level: 1, name: 'Alice Liddell' }).waitFor()
  await page.getByText('Names and keys').click()
  await page.getByText('held by a device').waitFor()
  await page.getByText('held by the home server').waitFor()
  assert.deepEqual(await shoot(page, 'profile'), [])
  await open(bob.page, await page.url().replace(a.url, b.url))
  await eventually('the profile is on the other node', async () => {
    await reload(bob.page)
    return (await bob.page.getByRole('heading', { level: 1, name: 'Alice Liddell' }).count()) === 1
  })
})

const POLICY = `policy: 1
language: en
title: House rules
summary: What we ask of each other here, second edition.
rules:
  - id: be-kind
    title: Be kind
    text: Disagree with what was said rather than with who said it.
  - id: no-spam
    title: No spam
    text: No bulk advertising.
appeals:
  text: Write to us and somebody else looks again.
  days: 7
`

then('the policy page shows every version as the chain has it', async () => {
  const { page } = alice
  const file = join(a.home, 'second.yaml')
  await writeFile(file, POLICY)
  await a.metanet('policy', 'publish', file)
  await eventually('version 2 is there', async () => {
    await open(page, `${a.url}/policy`)
    return (await page.getByRole('heading', { name: /Version 2/ }).count()) === 1
  })
  const { versions } = await (await fetch(`${a.url}/xrpc/net.metanet.policy.list`)).json()
  for (const v of versions) {
    const section = page.locator(`#v${v.version}`)
    assert.equal(await section.getByText(v.digest, { exact: true }).count(), 1)
    assert.equal(await section.locator('dd', { hasText: new RegExp(`^${v.block}$`) }).count(), 1)
  }
  await page.getByText('Disagree with what was said rather than with who said it.').first().waitFor()
  await page.getByText('What changed since version 1').waitFor()
  assert.deepEqual(await shoot(page, 'policy'), [])
})

then('the about page tells how to check this server', async () => {
  const { page } = alice
  await open(page, `${a.url}/about`)
  await page.getByText(`metanet audit ${a.url}`).waitFor()
  assert.deepEqual(await shoot(page, 'about'), [])
  await open(page, `${a.url}/no-such-page`)
  assert.deepEqual(await shoot(page, 'not-here'), [])
})

then('the timeline as it now is', async () => {
  await open(alice.page, a.url)
  assert.deepEqual(await shoot(alice.page, 'timeline'), [])
})

then('a revoked key signs no more', async () => {
  const { page } = bob
  await open(page, b.url)
  await page.locator('#me').click()
  await leads(page, () => page.getByRole('link', { name: 'Your profile and keys' }).click())
  await page.getByText('Names and keys').click()
  await page.locator('.keys li', { hasText: 'held by a device' }).getByRole('button', { name: /^Revoke/ }).click()
  await page.getByRole('button', { name: 'Revoke it' }).click()
  await page.getByRole('button', { name: 'Test Wallet' }).click()
  await step(page, 'authorise').getByText('End the key').waitFor()
  await leads(page, () => page.getByRole('button', { name: 'Sign it in my wallet' }).click())
  await page.locator('.keys li', { hasText: 'held by a device' }).getByText('ended', { exact: true }).waitFor({ state: 'attached' })
  await open(page, b.url)
  await page.getByRole('textbox', { name: 'New post' }).fill('This must not appear.')
  await page.getByRole('button', { name: 'Post', exact: true }).click()
  await page.getByRole('alert').getByText('not authorised, or no longer').waitFor()
  await reload(page)
  assert.equal(await posts(page, 'This must not appear.').count(), 0)
})

then('a browser can be authorised again', async () => {
  const { page } = bob
  await open(page, b.url)
  await page.getByRole('textbox', { name: 'New post' }).fill('Back with a new key.')
  await page.getByRole('button', { name: 'Post', exact: true }).click()
  await page.getByRole('alert').getByText('not authorised').waitFor()
  await page.locator('#me').click()
  await page.getByRole('button', { name: 'Authorise this browser' }).click()
  await page.getByRole('button', { name: 'Test Wallet' }).click()
  await page.getByRole('button', { name: 'Sign it in my wallet' }).click()
  await step(page, 'recovery').or(step(page, 'done')).locator('visible=true').first().waitFor()
  if (await step(page, 'recovery').isVisible()) await page.getByRole('button', { name: 'Later' }).click()
  await page.getByRole('button', { name: 'Start', exact: true }).click()
  await page.waitForSelector('#me:not([hidden])')
  await page.getByRole('textbox', { name: 'New post' }).fill('Back with a new key.')
  await page.getByRole('button', { name: 'Post', exact: true }).click()
  await posts(page, 'Back with a new key.').waitFor()
})

then('signing out leaves reading', async () => {
  const { page } = alice
  await open(page, a.url)
  await page.locator('#me').click()
  await leads(page, () => page.getByRole('button', { name: 'Sign out' }).click())
  await page.waitForSelector('#sign-in:not([hidden])')
  assert.equal(await page.getByRole('textbox', { name: 'New post' }).count(), 0)
  await posts(page, 'Up before the sun').first().waitFor()
})

then('signing in again needs no handle', async () => {
  const { page } = alice
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('button', { name: 'Test Wallet' }).click()
  await page.getByRole('button', { name: 'Start', exact: true }).click()
  await page.waitForSelector('#me:not([hidden])')
})

then('pages are readable without script', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto(a.url)
  await posts(page, 'Up before the sun').first().waitFor()
  assert.equal(await page.getByRole('button', { name: 'Sign in', exact: true }).isVisible(), false)
  assert.match(await page.content(), /Reading works without JavaScript/)
  await context.close()
})
