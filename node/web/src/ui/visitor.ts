// Someone at the door: a wallet, one of its accounts, and the identity that
// account has here.

import { didOf, type Network } from '../identity/network.ts'
import { theNetwork } from '../repo.ts'
import { current } from '../session.ts'
import { account, discover, type Wallet } from '../wallet/provider.ts'
import { askForWallet, chooseWallet, whileOpen } from './steps.ts'

export interface Visitor {
  wallet: Wallet
  address: string
  did: string
  network: Network
}

let last: Visitor | undefined // a second attempt needn't ask for the wallet again

export async function meet(): Promise<Visitor> {
  askForWallet()
  const session = await current()
  if (last && session?.did === last.did) return last
  const wallet = await chooseWallet(await whileOpen(discover()))
  const [address, network] = await whileOpen(Promise.all([account(wallet), theNetwork()]))
  last = { wallet, address, network, did: didOf(network.chainId, address) }
  return last
}
