// What the page has to say beside what it shows: to eyes and to screen readers.

import { byId } from './dom.ts'

const PATIENCE = 6000
let timer: ReturnType<typeof setTimeout> | undefined

export function say(text: string): void {
  show('status', text)
}

/** Problems stay until the next thing is said or the person clicks them away. */
export function complain(error: unknown): void {
  show('alert', words(error))
}

export const words = (error: unknown): string => (error instanceof Error ? error.message : String(error))

function show(id: 'status' | 'alert', text: string): void {
  clearTimeout(timer)
  byId('status').textContent = ''
  byId('alert').textContent = ''
  byId(id).textContent = text
  if (id === 'status') timer = setTimeout(() => (byId(id).textContent = ''), PATIENCE)
}

export function listenForDismissal(): void {
  byId('alert').addEventListener('click', (e) => ((e.currentTarget as HTMLElement).textContent = ''))
}
