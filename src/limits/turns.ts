/**
 * @module Answers that nobody has to wait for, a few of them each time the event loop goes round.
 */

export interface Turns {
  /** Resolves at once as a rule, else when the loop has gone round often enough. */
  next(): Promise<void>
}

/**
 * Answers given before the event loop goes round again. While there are sockets with something to read, Bun serves those
 * and nothing else, 48 times a thousand of them: no timer fires, no PSP's answer and no commit is seen. The socket of a
 * request that waits is silent, and so the loop goes on.
 */
export const A_TURN = 128

/** Turns for what is always answered: health, and paths that there are not. */
export function openTurns(): Turns {
  const waiting: (() => void)[] = []
  let begun = 0
  let scheduled = false

  function turn(): void {
    scheduled = false
    const going = waiting.splice(0, A_TURN)
    begun = going.length
    for (const go of going) go()
    if (begun > 0) soon()
  }

  function soon(): void {
    if (scheduled) return
    scheduled = true
    setImmediate(turn)
  }

  return {
    async next() {
      soon()
      if (waiting.length === 0 && begun++ < A_TURN) return
      await new Promise<void>((go) => waiting.push(go))
    },
  }
}
