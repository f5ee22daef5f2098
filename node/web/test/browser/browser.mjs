// Chromium, and what the tests do with it again and again.
import { chromium } from 'playwright-core'
import { mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { deflateSync, crc32 } from './png.mjs'
import { Wallet } from './wallet.mjs'

// Evaluated through the debugger, which the pages' content policy doesn't hold back.
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
]

export const launch = () =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS })

/** A person: a browser profile of their own with a wallet of their own. */
export async function person(browser, options = {}) {
  const wallet = new Wallet()
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, colorScheme: 'light', ...options })
  await wallet.into(context)
  const page = await context.newPage()
  const faults = []
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`))
  page.on('console', (m) => m.type() === 'error' && !/status of 4\d\d/.test(m.text()) && faults.push(m.text()))
  return { wallet, context, page, faults }
}

/** Opens an address and waits until the page's script has done its part. */
export async function open(page, url) {
  await page.goto(url)
  await settled(page)
}

const settled = (page) => page.waitForSelector('html[data-ready]')

/** Does what leads to another page, and waits for that one. */
export async function leads(page, action) {
  await page.evaluate(() => document.documentElement.removeAttribute('data-ready'))
  await action()
  await settled(page)
}

export const reload = (page) => leads(page, () => page.reload())

export const step = (page, name) => page.locator(`#sign-in-dialog section[data-step="${name}"]`)

const SIZES = [
  { width: 1280, height: 900 },
  { width: 360, height: 740 },
]

export const output = process.env.TEST_OUTPUT ?? join(process.cwd(), '../../test-output/web')

/** Pictures of what is open, wide and narrow, light and dark; nothing may stick out sideways. */
export async function shoot(page, name) {
  await mkdir(output, { recursive: true })
  const before = page.viewportSize()
  const problems = []
  for (const size of SIZES) {
    await page.setViewportSize(size)
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme })
      await page.waitForTimeout(100)
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      if (wide > 0) problems.push(`${name} is ${wide} px too wide at ${size.width}`)
      if ((size.width > 500) === (colorScheme === 'light')) {
        // contrast hangs on the colours, targets and order on the width: both of each are seen
        problems.push(...(await violations(page)).map((v) => `${name} ${size.width} ${colorScheme}: ${v}`))
      }
      const modal = await page.locator('dialog[open]').count()
      await page.screenshot({ path: join(output, `${name}-${size.width}-${colorScheme}.png`), fullPage: modal === 0 })
    }
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize(before)
  return problems
}

/** What axe-core finds wrong, in WCAG 2.2 AA and its best practices. */
async function violations(page) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe)
  return page.evaluate(async () => {
    const { violations, passes } = await window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
    if (passes.length < 15) return [`axe looked at next to nothing (${passes.length} rules)`]
    return violations.map((v) => `${v.id} (${v.help}): ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)
  })
}

/** A photograph of sorts, as PNG: 1200 × 800, a sun over hills. */
export function picture() {
  const [width, height] = [1200, 800]
  const rows = Buffer.alloc((width * 3 + 1) * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const hill = y > 560 + 70 * Math.sin(x / 190) + 30 * Math.sin(x / 61)
      const far = y > 500 + 60 * Math.sin(x / 260 + 2)
      const sun = (x - 840) ** 2 + (y - 360) ** 2 < 110 ** 2
      const sky = [40 + y / 3.4, 70 + y / 6, 130 - y / 12]
      const colour = hill ? [24, 40, 44] : far ? [58, 66, 82] : sun ? [255, 218, 150] : sky
      colour.forEach((c, i) => (rows[y * (width * 3 + 1) + 1 + x * 3 + i] = c))
    }
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 2, 0, 0, 0], 8) // 8 bits, RGB
  const parts = [chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...parts])
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data])
  const out = Buffer.alloc(body.length + 8)
  out.writeUInt32BE(data.length, 0)
  body.copy(out, 4)
  out.writeUInt32BE(crc32(body), body.length + 4)
  return out
}

/** Gives a page a platform authenticator whose person is always there. */
export async function device({ context, page }) {
  const cdp = await context.newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const options = {
    protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
    automaticPresenceSimulation: true,
  }
  const add = async (more = {}) =>
    (await cdp.send('WebAuthn.addVirtualAuthenticator', { options: { ...options, ...more } })).authenticatorId
  return { cdp, id: await add(), add }
}
