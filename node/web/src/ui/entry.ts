// What this server wants of newcomers, if it wants anything that can be typed.

import { byId } from './dom.ts'
import { event, show } from './steps.ts'

export interface Entry {
  invitation?: string
  note?: string
}

const WANTED: Record<string, { field: keyof Entry; title: string; text: string }> = {
  invitation: { field: 'invitation', title: 'You need an invitation', text: 'This server takes people who were invited. Type the code that you were given.' },
  approval: {
    field: 'note',
    title: 'The operator decides',
    text: 'Say who you are. The operator of this server reads it and lets you in; until then, sign in again to see how it stands (you may leave this empty then).',
  },
}

/** Asks for what the mode of registration wants. */
export async function askEntry(registration: string | undefined): Promise<Entry> {
  const wanted = WANTED[registration ?? '']
  if (!wanted) return {}
  show('entry')
  byId('entry-title').textContent = wanted.title
  byId('entry-text').textContent = wanted.text
  const input = byId<HTMLInputElement>('entry')
  input.focus()
  await event(byId('entry-form'), 'submit')
  return { [wanted.field]: input.value.trim() }
}
