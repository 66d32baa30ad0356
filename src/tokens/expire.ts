/**
 * @module Erases tokens that were to be deleted at their expiry, a few at a time, while the program runs.
 */
import { SHORT_LIVED, type Stores } from './store.ts'

/** How often it is looked for. */
const EVERY_MS = 60_000

/** Erases what has expired. Gives how many there were. */
export async function eraseExpired({ vault, sessions }: Stores): Promise<number> {
  let total = 0
  for (;;) {
    const erased = await vault.eraseExpired()
    for (const id of erased) {
      for (const name of SHORT_LIVED) await sessions.removeValue(id, name)
    }
    if (erased.length === 0) return total
    total += erased.length
  }
}

/** Does so again and again, until it is closed. `failed` is told of a database that does not answer. */
export function keepErasing(stores: Stores, failed: (error: unknown) => void): { close(): void } {
  const timer = setInterval(() => void eraseExpired(stores).catch(failed), EVERY_MS)
  timer.unref()
  return { close: () => clearInterval(timer) }
}
