/**
 * @module Whether two things take the same time, as far as that can be seen: Welch's t over samples that take turns.
 */

export interface Difference {
  /** Welch's t: beyond 4.5 a difference is taken for one. Its sign says that the second took longer. */
  readonly t: number
  /** How much longer the second took, in microseconds. */
  readonly us: number
}

/** What machines do by themselves lengthens the slowest samples. */
const KEPT = 0.9
const TRIES = 3

/**
 * The least of three differences: one that is there shows each time, one of the machine's does not. The order of the two is
 * changed every time, so that neither is always behind the other.
 */
export async function difference(
  samples: number,
  first: () => Promise<unknown>,
  second: () => Promise<unknown>,
): Promise<Difference> {
  const found: Difference[] = []
  for (let at = 0; at < TRIES; at++) found.push(await once(samples, first, second))
  return found.reduce((least, one) => (Math.abs(one.t) < Math.abs(least.t) ? one : least))
}

async function once(
  samples: number,
  first: () => Promise<unknown>,
  second: () => Promise<unknown>,
): Promise<Difference> {
  const times: readonly [number[], number[]] = [[], []]
  const measure = async (which: 0 | 1): Promise<void> => {
    const begun = Bun.nanoseconds()
    await (which === 0 ? first() : second())
    times[which].push((Bun.nanoseconds() - begun) / 1000)
  }
  for (let at = 0; at < samples; at++) {
    await measure(at % 2 === 0 ? 0 : 1)
    await measure(at % 2 === 0 ? 1 : 0)
  }
  const [one, two] = [summary(times[0]), summary(times[1])]
  const us = two.mean - one.mean
  return { us, t: us / Math.sqrt(one.error + two.error) }
}

function summary(times: readonly number[]): { readonly mean: number; readonly error: number } {
  const kept = times.toSorted((a, b) => a - b).slice(0, Math.floor(times.length * KEPT))
  const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length
  const squares = kept.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, error: squares / (kept.length - 1) / kept.length }
}
