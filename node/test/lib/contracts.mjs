// The four contracts as anybody reads them: by viem, from the chain's RPC, with
// the ABIs that the compiler made.
import { readFile } from 'node:fs/promises'
import { toEventHash } from 'viem'

export const abiOf = async (name) =>
  JSON.parse(await readFile(new URL(`../../../contracts/artifacts/${name}.json`, import.meta.url), 'utf8')).abi

/** Answers functions that read each contract, and the topics of its events. */
export async function contract(client, addresses) {
  const policies = await abiOf('PolicyRegistry')
  const reader = (address, abi) => (functionName, ...args) => client.readContract({ address, abi, functionName, args })
  return {
    identity: reader(addresses.identityRegistry, await abiOf('IdentityRegistry')),
    server: reader(addresses.serverRegistry, await abiOf('ServerRegistry')),
    policy: reader(addresses.policyRegistry, policies),
    topics: { PolicyPublished: toEventHash(policies.find((item) => item.type === 'event' && item.name === 'PolicyPublished')) },
  }
}
