/**
 * @module The numbers of all processes of a server as one, also of those that have ended: what counts up never goes down.
 */
import { FAMILIES } from '../telemetry/families.ts'
import { merge } from '../telemetry/merge.ts'
import type { Snapshot } from '../telemetry/metrics.ts'

interface Counting {
  snapshot(): Promise<Snapshot>
}

export interface Numbers<W extends Counting> {
  /** Of this process, of those that run, and of those that ran. One that does not answer now counts as it last did. */
  all(running: readonly W[]): Promise<Snapshot>
  /** What a worker says at its end. */
  last(worker: W, snapshot: Snapshot): void
  /** It is gone: what it counted stays. */
  gone(worker: W): void
}

/** `own`: the numbers of this process. */
export function openNumbers<W extends Counting>(own: () => Snapshot): Numbers<W> {
  const known = new Map<W, Snapshot>()
  const ended = new WeakSet<W>()
  let past: Snapshot = []
  // What comes after its end was counted then.
  const note = (worker: W, snapshot: Snapshot): void => {
    if (!ended.has(worker)) known.set(worker, snapshot)
  }

  return {
    async all(running) {
      await Promise.all(
        running.map(async (worker) => {
          const snapshot = await worker.snapshot().catch(() => null)
          if (snapshot) note(worker, snapshot)
        }),
      )
      return merge([past, own(), ...known.values()])
    },
    last: note,
    gone(worker) {
      const counted = known.get(worker) ?? []
      known.delete(worker)
      ended.add(worker)
      past = merge([past, counted.filter(({ name }) => FAMILIES[name].type !== 'gauge')])
    },
  }
}
