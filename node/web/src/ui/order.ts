// Giving an order for one's identity: told in words, checked, signed and relayed
// by the server; or, where the server refuses or is away, sent by the wallet.

import { ApiError } from '../api.ts'
import { send, WalletError } from '../wallet/provider.ts'
import { calldata, checkOrder, type Order } from '../wallet/orders.ts'
import { agree, relay, waiting } from './authorise.ts'
import { byId } from './dom.ts'
import { words } from './status.ts'
import { Closed, event, failed, openSheet, whileOpen } from './steps.ts'
import { meet, type Visitor } from './visitor.ts'

export interface Wish {
  title: string
  /** What it does, in plain words. */
  lines: string[]
  /** Who owns the identity: nobody else's wallet can order it. */
  owner: string
  order: Order
  /** The same for net.metanet.identity.prepare. */
  body: object
}

/** Goes through the sheet; answers whether the order was carried out. */
export async function give(wish: Wish): Promise<boolean> {
  openSheet()
  try {
    const visitor = await meet()
    if (visitor.address.toLowerCase() !== wish.owner.toLowerCase()) {
      throw new WalletError(`Your identity belongs to ${wish.owner}. Choose that account in your wallet.`)
    }
    await tell(wish)
    await relayed(visitor, wish).catch((error: unknown) => byOneself(visitor, wish, error))
    ;(byId('sign-in-dialog') as HTMLDialogElement).close()
    return true
  } catch (error) {
    if (!(error instanceof Closed)) await failed(error).catch(() => undefined)
    ;(byId('sign-in-dialog') as HTMLDialogElement).close()
    return false
  } finally {
    byId('authorise-title').textContent = 'Authorise this browser'
    byId('authorise-own').hidden = true
    byId('authorise-cost').hidden = false
  }
}

async function tell({ title, lines }: Wish): Promise<void> {
  byId('authorise-title').textContent = title
  byId('authorise-own').hidden = true
  await agree(lines)
}

async function relayed(visitor: Visitor, { order, body }: Wish): Promise<void> {
  waiting('Asking the server…')
  await relay(visitor, body, (typedData) => checkOrder(typedData, order, visitor.network, new Date()))
}

/** Offers the wallet's own transaction when the server didn't help. What the contract or the person refused stays refused. */
async function byOneself({ wallet, address, network }: Visitor, { order }: Wish, error: unknown): Promise<void> {
  if (error instanceof Closed || error instanceof WalletError) throw error
  if (error instanceof ApiError && error.code === 'Reverted') throw error
  const own = byId('authorise-own')
  byId('authorise-cost').hidden = true
  waiting(`This server did not do it (${words(error).replace(/\.$/, '')}). Your wallet can send the transaction itself; it then pays a small fee.`)
  own.hidden = false
  own.focus()
  await event(own, 'click')
  own.hidden = true
  waiting('Waiting for your wallet…')
  await whileOpen(send(wallet, { from: address, to: network.identityRegistry, data: calldata(order) }, network.chainId))
}
