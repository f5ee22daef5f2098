// Which network this server claims to be part of. The page recomputes the name
// from the chain's facts, because that name is under every signature it makes.

import * as dagCbor from '@ipld/dag-cbor'
import { base32 } from 'multiformats/bases/base32'
import { equal, fromHex, sha256 } from '../bytes.ts'

/** The parts of /.well-known/metanet that the page uses. */
export interface WellKnown {
  network: string
  chain: { id: number; genesis: string; contracts: { identityRegistry: string } }
  server: { id: number; domain: string }
}

export interface Network {
  id: Uint8Array
  chainId: number
  identityRegistry: string
  server: { id: number; domain: string }
}

export async function readNetwork(wellKnown: WellKnown): Promise<Network> {
  const { chain, server } = wellKnown
  const registry = chain.contracts.identityRegistry
  const id = await networkId(chain.id, fromHex(chain.genesis), fromHex(registry))
  if (!equal(id, base32.baseDecode(wellKnown.network))) {
    throw new Error('This server names a network that does not follow from its chain. Nothing was signed.')
  }
  return { id, chainId: chain.id, identityRegistry: registry.toLowerCase(), server }
}

export function networkId(chainId: number, genesis: Uint8Array, registry: Uint8Array): Promise<Uint8Array> {
  return sha256(dagCbor.encode([chainId, genesis, registry]))
}

/** The identity that an account has on a chain. */
export function didOf(chainId: number, address: string): string {
  return `did:ethr:0x${chainId.toString(16)}:${address.toLowerCase()}`
}
