/**
 * @module Calls that wait at the same moment go together: a server of libSQL takes as long for ten statements in a request as for one.
 */

/** How many requests may be under way before others wait for one to end. */
const RUNNING = 4
/** How many go together. */
const MOST = 64

interface Waiting<I, O> {
  readonly input: I
  readonly resolve: (output: O) => void
  readonly reject: (error: unknown) => void
}

/**
 * Calls `run` with one input or more; it gives an output for each, or fails. Where the fault may be that of one of them, which
 * `isOnes` says, each is tried alone.
 */
export function gather<I, O>(
  run: (inputs: readonly I[]) => Promise<readonly O[]>,
  isOnes: (error: unknown) => boolean,
): (input: I) => Promise<O> {
  let queue: Waiting<I, O>[] = []
  let running = 0

  async function start(calls: readonly Waiting<I, O>[]): Promise<void> {
    running++
    await answer(calls)
    running--
    next()
  }

  async function answer(calls: readonly Waiting<I, O>[]): Promise<void> {
    try {
      const outputs = await run(calls.map(({ input }) => input))
      for (const [at, { resolve, reject }] of calls.entries()) {
        const output = outputs[at]
        if (output === undefined) reject(new TypeError('an output is missing'))
        else resolve(output)
      }
    } catch (error) {
      if (calls.length > 1 && isOnes(error)) await Promise.all(calls.map((call) => answer([call])))
      else for (const { reject } of calls) reject(error)
    }
  }

  function next(): void {
    if (queue.length === 0 || running >= RUNNING) return
    const calls = queue.slice(0, MOST)
    queue = queue.slice(MOST)
    void start(calls)
  }

  return (input) =>
    new Promise((resolve, reject) => {
      queue.push({ input, resolve, reject })
      // At the end of this turn of the loop, so that what is asked in it goes along.
      queueMicrotask(next)
    })
}
