// One's own profile: what one says of oneself, and the keys that may speak.

import { ApiError, query } from '../api.ts'
import { fromAtJson } from '../record/atjson.ts'
import { profile, type Fields } from '../record/values.ts'
import { put } from '../repo.ts'
import { current, type Session } from '../session.ts'
import { confirm } from './confirm.ts'
import { all, busy, byId } from './dom.ts'
import { explainRefusal } from './refusal.ts'
import { revoke } from './authorise.ts'
import { complain } from './status.ts'

const PROFILE = 'app.bsky.actor.profile'

export async function wireProfile(): Promise<void> {
  const head = document.querySelector<HTMLElement>('[data-did]')
  const session = await current()
  if (!head || !session || head.dataset['did'] !== session.did) return
  const edit = byId<HTMLButtonElement>('edit-profile')
  if (!edit.hidden) return // wired before
  edit.hidden = false
  edit.addEventListener('click', () => void open(session).catch(complain))
  for (const key of all('.keys [data-live]')) {
    const button = key.querySelector<HTMLButtonElement>('[data-revoke]')!
    button.hidden = false
    button.addEventListener('click', () => void revokeAfterAsking(button.dataset['revoke']!))
  }
}

async function open(session: Session): Promise<void> {
  const before = await present(session)
  const name = byId<HTMLInputElement>('display-name')
  const bio = byId<HTMLTextAreaElement>('bio')
  name.value = String(before?.['displayName'] ?? '')
  bio.value = String(before?.['description'] ?? '')
  const form = byId<HTMLFormElement>('profile-form')
  form.onsubmit = (e) => {
    e.preventDefault()
    const words = { displayName: name.value.trim(), description: bio.value.trim() }
    void busy(form.querySelector('button'), () => save(session, before, words)).catch(explainRefusal)
  }
  byId<HTMLDialogElement>('profile-dialog').showModal()
}

async function save(session: Session, before: Fields | undefined, words: { displayName: string; description: string }): Promise<void> {
  await put(session, PROFILE, 'self', profile(before, words, new Date()))
  location.reload()
}

async function present(session: Session): Promise<Fields | undefined> {
  try {
    const params = { repo: session.atName, collection: PROFILE, rkey: 'self' }
    return fromAtJson((await query<{ value: unknown }>('com.atproto.repo.getRecord', { params })).value) as Fields
  } catch (error) {
    if (error instanceof ApiError && error.status >= 400 && error.status < 500) return undefined
    throw error
  }
}

async function revokeAfterAsking(key: string): Promise<void> {
  const sure = await confirm({
    title: 'Revoke this key?',
    text: 'It can never be authorised again. What it signed and was not yet proven on the chain is hidden.',
    yes: 'Revoke it',
  })
  if (sure) await revoke(key)
}
