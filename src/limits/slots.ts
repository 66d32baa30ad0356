/**
 * @module How many run at once, by name: what is full says so at once, and nobody waits in a line.
 */

/** What part of all places one tenant may have, so that it cannot shut out the others. */
export const TENANT_SHARE = 0.75

export interface Slots {
  /** Takes a place for one of `name`; false where all are taken. */
  enter(name: string): boolean
  /** Gives back a place that was taken. To be called once for each. */
  leave(name: string): void
  /** How many of a name run now. */
  running(name: string): number
}

/** Places for each name. A limit of 0 is none. Names take memory only while one of theirs runs. */
export function openSlots(limit: number): Slots {
  const counts = new Map<string, number>()
  return {
    enter(name) {
      const count = counts.get(name) ?? 0
      if (limit > 0 && count >= limit) return false
      counts.set(name, count + 1)
      return true
    },
    leave(name) {
      const left = (counts.get(name) ?? 1) - 1
      if (left > 0) counts.set(name, left)
      else counts.delete(name)
    },
    running: (name) => counts.get(name) ?? 0,
  }
}
