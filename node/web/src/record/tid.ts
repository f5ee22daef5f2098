// TIDs: microseconds since the Unix epoch (53 bits) and a clock id (10 bits) in
// sortable base32. https://atproto.com/specs/tid

const ALPHABET = '234567abcdefghijklmnopqrstuvwxyz'

export function formatTid(micros: number, clock: number): string {
  let n = (BigInt(micros) << 10n) | BigInt(clock & 1023)
  let text = ''
  for (let i = 0; i < 13; i++, n >>= 5n) text = ALPHABET[Number(n & 31n)] + text
  return text
}

/** Microseconds since the Unix epoch named by a TID. */
export function tidMicros(tid: string): number {
  let n = 0n
  for (const c of tid) n = (n << 5n) | BigInt(ALPHABET.indexOf(c))
  return Number(n >> 10n)
}

/** A clock that never answers the same or an earlier TID, even when the wall clock steps back a little. */
export class TidClock {
  #last = 0
  readonly #id = crypto.getRandomValues(new Uint16Array(1))[0]! & 1023
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  next(): string {
    this.#last = Math.max(this.#last + 1, this.#now() * 1000)
    return formatTid(this.#last, this.#id)
  }
}
