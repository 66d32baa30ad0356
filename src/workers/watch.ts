/**
 * @module Ends a process whose loop no longer turns: it answers nobody, and the port still leads callers to it.
 */

interface Watched {
  ping(): Promise<void>
  kill(): void
}

/** So many questions without an answer. They are counted and not timed, because a machine may have slept. */
const UNANSWERED = 3

/** Asks every so many milliseconds. `hangs` is told before it is ended. */
export function watchTurns(watched: Watched, every: number, hangs: () => void): { stop(): void } {
  let unanswered = 0
  const timer = setInterval(() => {
    if (unanswered >= UNANSWERED) {
      clearInterval(timer)
      hangs()
      return watched.kill()
    }
    unanswered++
    watched.ping().then(
      () => (unanswered = 0),
      () => undefined,
    )
  }, every)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}
