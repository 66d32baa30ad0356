/**
 * @module How many run at once, by name: what is full says so at once, and nobody waits in a line.
 */

/** What part of all places one tenant may have, so that it cannot shut out the others. */
export const TENANT_SHARE = 0.75

export interface Slots {
  /** A place for one of `name`, as the function that gives it back (once, however often it is called); null where all are taken. */
  enter(name: string): (() => void) | null
  /** How many of a name run now. */
  running(name: string): number
}

/** Places for each name. A limit of 0 is none. Names take memory only while one of theirs runs. */
export function openSlots(limit: number): Slots {
  const counts = new Map<string, number>()
  return {
    enter(name) {
      const count = counts.get(name) ?? 0
      if (limit > 0 && count >= limit) return null
      counts.set(name, count + 1)
      let taken = true
      return () => {
        if (!taken) return
        taken = false
        const left = (counts.get(name) ?? 1) - 1
        if (left > 0) counts.set(name, left)
        else counts.delete(name)
      }
    },
    running: (name) => counts.get(name) ?? 0,
  }
}
