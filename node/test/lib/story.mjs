// Steps that build on each other: after the first failure the rest is skipped,
// and what the nodes said is printed once.
import { after, test } from 'node:test'

/** Answers a function like test() for the steps of one story. */
export function story(nodes) {
  let failed = false
  after(async () => {
    await Promise.all(nodes().map((node) => node?.stop('SIGKILL')))
  })
  return (name, work) =>
    test(name, async (t) => {
      if (failed) return t.skip('an earlier step failed')
      try {
        await work(t)
      } catch (error) {
        failed = true
        for (const node of nodes()) if (node) console.error(`---- ${node.name} ----\n${node.output}`)
        throw error
      }
    })
}

/** One figure, on a line that can be found again. */
export const figure = (name, value, unit) => console.log(`figure ${name} ${typeof value === 'number' ? Math.round(value * 10) / 10 : value} ${unit}`)
