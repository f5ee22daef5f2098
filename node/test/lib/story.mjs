// Steps that build on each other: after the first failure the rest is skipped,
// and what the nodes said is printed once.
import assert from 'node:assert/strict'
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

/** One subtest for each row of a table; a row that fails fails the step. */
export async function each(t, rows, run) {
  const failures = []
  for (const [name, row] of Object.entries(rows)) {
    await t.test(name, async () => {
      try {
        await run(row)
      } catch (error) {
        failures.push(name)
        throw error
      }
    })
  }
  assert.deepEqual(failures, [])
}

/** One figure, on a line that can be found again. */
export const figure = (name, value, unit) => console.log(`figure ${name} ${typeof value === 'number' ? Math.round(value * 10) / 10 : value} ${unit}`)
