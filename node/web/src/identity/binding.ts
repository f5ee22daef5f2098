// The record that ties the AT name to the identity, as the server proposed it
// at sign-in. It is kept for as long as this browser knows the identity: when
// the key that published it is revoked, the next one has to publish it again.

import { keep, read } from '../db.ts'

const slot = (did: string): string => `binding:${did}`

/** AT-JSON of the value of net.metanet.identity.at/self. */
export const keepBinding = (did: string, value: unknown): Promise<void> => keep(slot(did), value)
export const keptBinding = (did: string): Promise<unknown> => read(slot(did))
