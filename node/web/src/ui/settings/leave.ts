// Leaving: the account deleted, here and, as its departure travels, at every peer.

import { ApiError } from '../../api.ts'
import { leave } from '../../repo.ts'
import { current, end } from '../../session.ts'
import { confirm } from '../confirm.ts'
import { busy, byId } from '../dom.ts'
import { complain } from '../status.ts'

const QUESTION = {
  title: 'Delete your account?',
  text: 'All that you have written disappears at once, here and at every server that hears of it, and is erased. Nobody can bring it back. Your wallet stays yours.',
  yes: 'Delete everything',
}

export async function showLeave(): Promise<void> {
  const button = byId<HTMLButtonElement>('leave')
  button.onclick = () => void go(button).catch(complain)
}

async function go(button: HTMLButtonElement): Promise<void> {
  const session = await current()
  if (!session || !(await confirm(QUESTION))) return
  await busy(button, () => leave(session)).catch(inPlainWords)
  await end()
  location.assign('/')
}

function inPlainWords(error: unknown): never {
  if (error instanceof ApiError && error.code === 'FreshSignInRequired') {
    throw new Error('You signed in a while ago. Sign out, sign in again, and then delete your account within ten minutes.')
  }
  throw error
}
