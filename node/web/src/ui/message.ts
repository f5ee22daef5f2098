// The step in which a wallet signs a message that the server wrote: checked, shown,
// then signed.

import { signMessage } from '../wallet/provider.ts'
import { checkSignIn } from '../wallet/siwe.ts'
import { byId } from './dom.ts'
import { show, whileOpen } from './steps.ts'
import type { Visitor } from './visitor.ts'

export async function signShown(
  { wallet, address, network }: Pick<Visitor, 'wallet' | 'address' | 'network'>,
  did: string,
  message: string,
): Promise<string> {
  const { origin, host } = location
  checkSignIn(message, { origin, host, address, chainId: network.chainId, did, now: new Date() })
  show('message')
  byId('message-domain').textContent = host
  byId('message-text').textContent = message
  byId('message-waiting').hidden = false
  return whileOpen(signMessage(wallet, address, message))
}
