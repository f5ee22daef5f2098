// The sign-in sheet as a sequence of steps, each awaited by the story that
// runs through them (signin.ts). Closing the sheet ends the story.

import type { Wallet } from '../wallet/provider.ts'
import { all, byId, icon, make } from './dom.ts'
import { words } from './status.ts'

export type Step = 'passkey-new' | 'passkey-lost' | 'device' | 'taken-over' | 'wallets' | 'entry' | 'handle' | 'message' | 'authorise' | 'recovery' | 'done'

export class Closed extends Error {
  override name = 'Closed'
}

const sheet = (): HTMLDialogElement => byId<HTMLDialogElement>('sign-in-dialog')

export function openSheet(): void {
  if (!sheet().open) sheet().showModal()
}

/** Shows a step; some of it differs by what it is for. */
export function show(step: Step, purpose = 'sign-in'): void {
  clearError()
  for (const e of all('[data-for]', sheet())) e.hidden = e.dataset['for'] !== purpose
  for (const s of all('section[data-step]', sheet())) s.hidden = s.dataset['step'] !== step
  all(`section[data-step="${step}"] h2`, sheet()).find((h) => !h.closest('[hidden]'))?.focus()
}

export function clearError(): void {
  byId('sign-in-error').hidden = true
  byId('sign-in-retry').hidden = true
}

/** Shows what went wrong where it went wrong, and answers when the person wants to try again. */
export function failed(error: unknown): Promise<void> {
  const box = byId('sign-in-error')
  box.hidden = false
  box.textContent = words(error)
  for (const e of all('.waiting, #authorise-go', sheet())) e.hidden = true
  const again = byId('sign-in-retry')
  again.hidden = false
  again.focus() // and into view, with the words above it
  return event(again, 'click')
}

/** Words about a step that the person can put right within it. */
export function objection(text: string): void {
  byId('sign-in-retry').hidden = true
  const box = byId('sign-in-error')
  box.hidden = false
  box.textContent = text
}

/** The next event, or Closed if the sheet is closed first. */
export function event(target: EventTarget, type: string): Promise<void> {
  const done = new AbortController()
  return new Promise<void>((resolve, reject) => {
    const once = { signal: done.signal }
    target.addEventListener(type, (e) => (e.preventDefault(), resolve()), once)
    sheet().addEventListener('close', () => reject(new Closed()), once)
  }).finally(() => done.abort())
}

/** Rejects with Closed if the sheet was closed while something else was awaited. */
export async function whileOpen<T>(work: Promise<T>): Promise<T> {
  const result = await work
  if (!sheet().open) throw new Closed()
  return result
}

/** Shows the step, without an earlier attempt's buttons: nobody listens to those any more. */
export function askForWallet(purpose = 'sign-in'): void {
  byId('wallets').replaceChildren()
  show('wallets', purpose)
}

export function chooseWallet(wallets: Wallet[]): Promise<Wallet> {
  byId('no-wallet').hidden = wallets.length > 0
  const buttons = wallets.map((w) => {
    const face = w.icon ? make('img', { src: w.icon, alt: '' }) : icon('wallet')
    return make('button', { type: 'button' }, face, w.name)
  })
  byId('wallets').replaceChildren(...buttons.map((b) => make('li', {}, b)))
  const choices = buttons.map(async (b, i) => (await event(b, 'click'), wallets[i]!))
  return choices.length > 0 ? Promise.race(choices) : event(sheet(), 'close').then(() => Promise.reject(new Closed()))
}
