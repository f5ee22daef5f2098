// Waiting without fixed sleeps.
import { setTimeout as sleep } from 'node:timers/promises'

const STEP_MILLIS = 20

/** Tries until check answers something true; the last error is in what is thrown. */
export async function eventually(what, check, millis = 60_000) {
  const until = performance.now() + millis
  let cause
  for (;;) {
    try {
      const found = await check()
      if (found) return found
      cause = undefined
    } catch (error) {
      cause = error
    }
    if (performance.now() > until) throw new Error(`waited ${millis} ms in vain: ${what}${cause ? ` (${cause.message})` : ''}`, { cause })
    await sleep(STEP_MILLIS)
  }
}

/** Runs work and answers [its result, how many milliseconds it took]. */
export async function timed(work) {
  const began = performance.now()
  const result = await work()
  return [result, performance.now() - began]
}
