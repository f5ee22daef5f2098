// Taking it along: everything of the account as one file, and files in. A file is
// sent in parts and read by the server in the background, so leaving the page in
// the middle loses nothing: the same file goes on where it was.

import { ApiError, download, procedure, query } from '../../api.ts'
import { withToken } from '../../session.ts'
import { busy, byId, make } from '../dom.ts'
import { complain, say } from '../status.ts'

interface Import {
  state: 'uploading' | 'waiting' | 'running' | 'done' | 'failed'
  name: string
  total: number
  size: number
  read: number
  error?: string
  new: number
  same: number
  kept: number
  hidden: number
  waiting: number
  refused: number
  blobs: number
  leftOut?: Record<string, number>
  notes?: string[]
}

const PART = 4 << 20
const POLL_MILLIS = 500

export async function showCarry(): Promise<void> {
  const out = byId<HTMLButtonElement>('export')
  out.onclick = () => void busy(out, save).catch(complain)
  const form = byId<HTMLFormElement>('import')
  const button = form.querySelector('button')
  form.onsubmit = (event) => {
    event.preventDefault()
    void busy(button, () => bring(form)).catch(complain)
  }
  const file = byId<HTMLInputElement>('import-file')
  file.onchange = () => (byId('import-blocks-row').hidden = !/^block/i.test(file.files?.[0]?.name ?? ''))
  const now = await status()
  if (now && now.state !== 'uploading') await (busy(button, () => follow(now)).catch(complain))
}

async function save(): Promise<void> {
  const { blob, name } = await withToken((token) => download('net.metanet.account.export', token))
  const address = URL.createObjectURL(blob)
  make('a', { href: address, download: name || 'metanet.car' }).click()
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
  say('Your archive is being saved.')
}

function status(): Promise<Import | undefined> {
  return withToken((token) => query<Import>('net.metanet.import.status', { token })).catch((error: unknown) => {
    if (error instanceof ApiError && error.status === 404) return undefined
    throw error
  })
}

async function bring(form: HTMLFormElement): Promise<void> {
  const file = byId<HTMLInputElement>('import-file').files?.[0]
  if (!file) throw new Error('Choose a file first.')
  const before = await status()
  let offset = before?.state === 'uploading' && before.name === file.name && before.total === file.size ? before.size : 0
  while (offset < file.size) {
    draw('Sending', offset, file.size)
    const at = offset
    const params = { name: file.name, offset: at, total: file.size }
    const body = file.slice(at, at + PART)
    const now = await withToken((token) => procedure<Import>('net.metanet.import.upload', { params, body, token }))
    if (now.size <= at) throw new Error('The server takes nothing more of the file.')
    offset = now.size
  }
  const blocks = byId<HTMLInputElement>('import-blocks').checked
  await follow(await withToken((token) => procedure<Import>('net.metanet.import.start', { body: { blocks }, token })))
  form.reset()
}

/** Shows an import until it is over. */
async function follow(now: Import): Promise<void> {
  while (now.state === 'waiting' || now.state === 'running') {
    draw(now.state === 'waiting' ? 'Waiting for its turn' : 'Reading', now.read, now.total)
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS))
    now = (await status()) ?? { ...now, state: 'failed', error: 'it was taken back' }
  }
  tell(now)
}

function draw(what: string, done: number, total: number): void {
  const bar = byId<HTMLProgressElement>('import-progress')
  bar.hidden = false
  bar.max = Math.max(total, 1)
  bar.value = Math.min(done, total)
  const line = byId('import-state')
  if (line.textContent !== what) line.textContent = what // a screen reader hears each stage once
}

function tell(now: Import): void {
  byId('import-progress').hidden = true
  byId('import-state').textContent =
    now.state === 'failed' ? `${now.name} could not be brought in: ${now.error ?? 'no reason was told'}` : `${now.name} is here.`
  const lines = (
    [
      [now.new, 'records are new here'],
      [now.same, 'were here already'],
      [now.kept, 'were left as you have written or deleted them here since'],
      [now.blobs, 'pictures and other files are new here'],
      [now.hidden, 'are hidden, since the keys that signed them have ended; let this server sign for you, and bring the file again'],
      [now.waiting, 'wait until the chain shows their keys'],
      [now.refused, 'were refused'],
      ...Object.entries(now.leftOut ?? {}).map(([reason, n]) => [n, `left out: ${reason}`] as const),
    ] as (readonly [number, string])[]
  ).filter(([n]) => n > 0)
  byId('import-result').replaceChildren(
    ...lines.map(([n, what]) => make('li', {}, `${n} ${what}`)),
    ...(now.notes ?? []).map((note) => make('li', { className: 'hint' }, note)),
  )
}
