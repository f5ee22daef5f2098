// What can be done about a person: follow and block, which are signed records that
// everybody sees; mute, which the server keeps to itself.

import { procedure } from '../api.ts'
import { block, follow, type Fields } from '../record/values.ts'
import { put, remove } from '../repo.ts'
import { current, withToken, type Session } from '../session.ts'
import { blockers, done, muted } from '../viewer.ts'
import { confirm } from './confirm.ts'
import { all, busy, make } from './dom.ts'
import { explainRefusal } from './refusal.ts'
import { signIn } from './signin.ts'
import { say } from './status.ts'

const FOLLOW = 'app.bsky.graph.follow'
const BLOCK = 'app.bsky.graph.block'

const ACTS: Record<string, (session: Session, subject: string) => Promise<void>> = {
  follow: toggleFollow,
  mute: toggleMute,
  block: toggleBlock,
}

export function listenForPeople(): void {
  document.addEventListener('click', (e) => {
    const button = (e.target as Element).closest<HTMLButtonElement>('.profile-acts button[data-subject]')
    if (button) void act(button).catch(explainRefusal)
  })
}

async function act(button: HTMLButtonElement): Promise<void> {
  const session = await current()
  if (!session) return signIn()
  await busy(button, () => ACTS[button.id]!(session, button.dataset['subject']!))
  showPerson(session)
}

/** Makes the record if there is none, deletes it if there is one; answers which. */
export async function flip(session: Session, collection: string, subject: string, value: () => Fields): Promise<boolean> {
  const records = done(collection)
  const key = records.get(subject)
  if (key !== undefined) {
    await remove(session, collection, key)
    records.delete(subject)
    return false
  }
  records.set(subject, (await put(session, collection, undefined, value())).key)
  return true
}

async function toggleFollow(session: Session, subject: string): Promise<void> {
  const on = await flip(session, FOLLOW, subject, () => follow(subject, new Date()))
  say(on ? 'You follow this person now.' : 'You no longer follow this person.')
}

async function toggleMute(_: Session, subject: string): Promise<void> {
  const on = !muted.has(subject)
  const nsid = on ? 'app.bsky.graph.muteActor' : 'app.bsky.graph.unmuteActor'
  await withToken((token) => procedure(nsid, { token, body: { actor: subject } }))
  if (on) muted.add(subject)
  else muted.delete(subject)
  say(on ? 'Muted: feeds and notifications leave them out. Only you know.' : 'No longer muted.')
}

async function toggleBlock(session: Session, subject: string): Promise<void> {
  const sure =
    done(BLOCK).has(subject) ||
    (await confirm({
      title: 'Block this person?',
      text: 'Neither of you is shown the other’s posts. A block is public, as follows are: muting is not.',
      yes: 'Block them',
    }))
  if (!sure) return
  const on = await flip(session, BLOCK, subject, () => block(subject, new Date()))
  say(on ? 'Blocked.' : 'No longer blocked.')
}

/** Whom to ask about: the authors of these posts, and whose profile the page is. */
export function subjects(posts: HTMLElement[]): string[] {
  const buttons = all('.profile-acts [data-subject]').map((b) => b.dataset['subject']!)
  return [...new Set([...posts.map((p) => p.dataset['author']!), ...buttons])]
}

/** Shows how the signed-in person stands to the one whose profile this is. */
export function showPerson(session: Session): void {
  const own = document.querySelector<HTMLElement>('[data-did]')?.dataset['did'] === session.did
  const show = (id: string, on: (subject: string) => boolean, words: [off: string, on: string]): void => {
    const button = document.getElementById(id)
    if (!button) return
    const pressed = on(button.dataset['subject']!)
    button.hidden = own
    button.setAttribute('aria-pressed', String(pressed))
    button.textContent = words[Number(pressed)]!
  }
  show('follow', (s) => done(FOLLOW).has(s), ['Follow', 'Following'])
  show('mute', (s) => muted.has(s), ['Mute', 'Muted'])
  show('block', (s) => done(BLOCK).has(s), ['Block', 'Blocked'])
  const button = document.getElementById('follow')
  button?.classList.toggle('primary', button.getAttribute('aria-pressed') === 'false')
}

/** Leaves out what people wrote who are muted or blocked; in a thread, says so in its place. */
export function spare(posts: HTMLElement[]): void {
  const here = document.querySelector<HTMLElement>('.profile-acts [data-subject]')?.dataset['subject']
  for (const post of posts) {
    const author = post.dataset['author']!
    const why = author === here ? undefined : reason(author)
    const item = post.closest('li')
    if (!why || !item) continue // who opens somebody's profile or post wants to see it
    if (post.closest('[data-region=thread]')) cover(post, why)
    else item.hidden = true
  }
}

function reason(author: string): string | undefined {
  if (done(BLOCK).has(author)) return 'you blocked'
  if (blockers.has(author)) return 'who blocked you'
  if (muted.has(author)) return 'you muted'
  return undefined
}

function cover(post: HTMLElement, why: string): void {
  if (post.hidden || post.hasAttribute('data-uncovered')) return
  const show = make('button', { type: 'button', className: 'quiet', textContent: 'Show' })
  const words = make('p', {}, `A post by somebody ${why}. `, show)
  const note = make('div', { className: 'hole' }, words)
  show.addEventListener('click', () => {
    note.remove()
    post.hidden = false
    post.setAttribute('data-uncovered', '')
    post.querySelector<HTMLElement>('a.name')?.focus()
  })
  post.hidden = true
  post.before(note)
}
