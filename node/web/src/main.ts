// The page's behaviour. Everything readable is already there when this runs.

import { listenForAccount, refreshAccount, showAccount } from './ui/account.ts'
import { listenForActions, showOwn } from './ui/actions.ts'
import { wireComposers } from './ui/composer.ts'
import { byId } from './ui/dom.ts'
import { markSeen, watchNotices } from './ui/notices.ts'
import { retryPictures } from './ui/pictures.ts'
import { wireProfile } from './ui/profile.ts'
import { warn } from './ui/pending.ts'
import { onSwap, refresh, watchForNews } from './ui/regions.ts'
import { wireSettings } from './ui/settings/settings.ts'
import { SIGNED_IN, signIn } from './ui/signin.ts'
import { complain, listenForDismissal } from './ui/status.ts'
import { localTimes } from './ui/times.ts'

document.documentElement.classList.add('js')
localTimes()
retryPictures()
listenForDismissal()
listenForAccount()
listenForActions()
wireComposers()
onSwap(() => {
  refreshAccount()
  wireComposers()
  void showOwn().catch(complain)
})

const begin = (): void => void signIn().catch(complain)
byId('sign-in').addEventListener('click', begin)
byId('authorise-again').addEventListener('click', begin)
document.addEventListener(SIGNED_IN, () => void show().catch(complain))

/** Brings the page up to date with who is signed in. */
async function show(): Promise<void> {
  const session = await showAccount()
  const page = document.documentElement.dataset['page']
  if (session && (page === 'following' || page === 'notifications')) await refresh('feed')
  if (session && page === 'notifications') await markSeen()
  await Promise.all([showOwn(), wireProfile(), wireSettings(), warn()])
}

// Tests wait for the mark, so that they don't press a button before it works.
void show()
  .then(watchForNews)
  .then(watchNotices)
  .catch(complain)
  .finally(() => document.documentElement.setAttribute('data-ready', ''))
