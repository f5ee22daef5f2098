// A question before what cannot be taken back.

import { byId } from './dom.ts'

export function confirm(question: { title: string; text: string; yes: string }): Promise<boolean> {
  const dialog = byId<HTMLDialogElement>('confirm-dialog')
  byId('confirm-title').textContent = question.title
  byId('confirm-text').textContent = question.text
  byId('confirm-yes').textContent = question.yes
  dialog.returnValue = 'no'
  dialog.showModal()
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true })
  })
}
