// What can be done to a post: like, repost, delete. Each is a signed record, and
// undoing it is its signed deletion.

import { like, repost, type Ref } from '../record/values.ts'
import { remove } from '../repo.ts'
import { current, type Session } from '../session.ts'
import { done, lookUp } from '../viewer.ts'
import { confirm } from './confirm.ts'
import { all, busy } from './dom.ts'
import { flip, listenForPeople, showPerson, spare, subjects } from './people.ts'
import { explainRefusal } from './refusal.ts'
import { refresh } from './regions.ts'
import { signIn } from './signin.ts'
import { complain, say } from './status.ts'

const COLLECTIONS = { like: 'app.bsky.feed.like', repost: 'app.bsky.feed.repost' } as const

type Toggle = keyof typeof COLLECTIONS

export function listenForActions(): void {
  listenForPeople()
  document.addEventListener('click', (e) => {
    const target = (e.target as Element).closest<HTMLButtonElement>('button[data-act]')
    if (!target) return
    void act(target).catch(explainRefusal)
  })
}

async function act(button: HTMLButtonElement): Promise<void> {
  const session = await current()
  if (!session) return signIn()
  const post = button.closest<HTMLElement>('.post')
  if (button.dataset['act'] === 'delete' && post) return deletePost(session, post)
  if (post) return busy(button, () => toggle(session, button, post))
}

async function toggle(session: Session, button: HTMLButtonElement, post: HTMLElement): Promise<void> {
  const kind = button.dataset['act'] as Toggle
  const subject: Ref = { uri: post.dataset['post']!, cid: post.dataset['cid']! }
  const value = kind === 'like' ? like : repost
  const on = await flip(session, COLLECTIONS[kind], subject.uri, () => value(subject, new Date()))
  press(kind, subject.uri, on, true)
}

function press(kind: Toggle, uri: string, on: boolean, counted: boolean): void {
  for (const post of all('.post').filter((p) => p.dataset['post'] === uri)) {
    const button = post.querySelector<HTMLButtonElement>(`button[data-act=${kind}]`)
    if (!button || (button.getAttribute('aria-pressed') === 'true') === on) continue
    button.setAttribute('aria-pressed', String(on))
    const n = button.querySelector<HTMLElement>('.n')!
    if (!counted) continue
    n.dataset['n'] = String(Math.max(0, Number(n.dataset['n']) + (on ? 1 : -1)))
    n.textContent = n.dataset['n'] === '0' ? '' : n.dataset['n']
  }
}

async function deletePost(session: Session, post: HTMLElement): Promise<void> {
  const sure = await confirm({
    title: 'Delete this post?',
    text: 'It is removed here and every server is asked to remove it. Copies that others made may remain.',
    yes: 'Delete it',
  })
  if (!sure) return
  const uri = post.dataset['post']!
  await remove(session, 'app.bsky.feed.post', uri.slice(uri.lastIndexOf('/') + 1))
  say('Deleted.')
  if (post.classList.contains('focus')) return location.assign('/')
  await refresh('feed').catch(complain)
}

function pressKnown(): void {
  for (const kind of ['like', 'repost'] as const) {
    for (const uri of done(COLLECTIONS[kind]).keys()) press(kind, uri, true, false)
  }
}

/** Marks what is the signed-in person's own and what they have done before. */
export async function showOwn(): Promise<void> {
  const session = await current()
  if (!session) return
  const posts = all('.post')
  for (const post of posts) {
    const button = post.querySelector<HTMLElement>('button[data-act=delete]')
    if (button) button.hidden = post.dataset['author'] !== session.atName
  }
  pressKnown() // what is known already needn't wait for the answer
  await lookUp(posts.map((p) => p.dataset['post']!), subjects(posts))
  pressKnown()
  showPerson(session)
  spare(posts)
}
