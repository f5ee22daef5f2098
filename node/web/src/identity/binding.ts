// The record that ties the AT name to the identity, as the server proposed it
// at sign-in. It is kept until it is published, however often that is tried.

import { forget, keep, read } from '../db.ts'

const slot = (did: string): string => `binding:${did}`

/** AT-JSON of the value of net.metanet.identity.at/self. */
export const keepBinding = (did: string, value: unknown): Promise<void> => keep(slot(did), value)
export const unpublishedBinding = (did: string): Promise<unknown> => read(slot(did))
export const bindingPublished = (did: string): Promise<void> => forget(slot(did))
