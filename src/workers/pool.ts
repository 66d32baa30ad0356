/**
 * @module Keeps a number of workers running: starts them, starts others for those that end, replaces and stops them.
 */
import { OperatorError } from '../errors.ts'
import { fault, type Log } from '../telemetry/log.ts'
import { watchTurns } from './watch.ts'

/** A process that serves, or is about to. */
export interface Worker {
  readonly pid: number
  /** Resolves when it listens. Rejects with OperatorError for what only the operator can mend. */
  start(): Promise<void>
  /** Has it finish what is under way, take no more, and end; within a time in milliseconds. */
  drain(limit: number): Promise<void>
  /** Resolves when its loop turns. */
  ping(): Promise<void>
  /** Ends it at once. */
  kill(): void
  /** Resolves when it is gone and nothing more comes from it, with how it ended: `status 1`, `SIGKILL`. */
  readonly exited: Promise<string>
}

export interface PoolOptions<W extends Worker> {
  readonly size: number
  /** Makes the process of a place, from 1. `leaving` is for one that was told to stop by somebody else. */
  readonly spawn: (place: number, leaving: () => Promise<void>) => W
  /** Told when a worker is gone, before another is started for it. */
  readonly gone: (worker: W) => Promise<void>
  readonly log: Log
  /** Milliseconds before another try, by how many failed in a row. */
  readonly pause?: (failures: number) => number
  /** Milliseconds between two questions whether a worker still turns. */
  readonly ping_ms?: number
}

export interface Pool<W extends Worker> {
  /** Resolves when all listen. Rejects with the OperatorError of one that cannot. */
  start(): Promise<void>
  /** Replaces all, one after the other, each when its successor listens; gives whether all were. `limit`: for each to end. */
  roll(limit: number): Promise<boolean>
  /** Stops all, within a time in milliseconds. */
  drain(limit: number): Promise<void>
  /** Ends all at once. */
  kill(): void
  /** Those that listen. */
  ready(): readonly W[]
  /** Rejects when workers end again and again before they listen, and none does. */
  readonly broken: Promise<never>
}

interface Place<W> {
  readonly number: number
  /** The one that listens. */
  worker: W | null
  /** How many in a row ended before they listened, or soon after. */
  failures: number
}

/** Failures in a row at which it is given up, where no worker listens. */
const TRIES = 5
/** One that listened for so long was a good one. */
const STABLE_MS = 10_000
const PING_MS = 2_500
const LONGEST_PAUSE_MS = 10_000
/** What a worker may take beyond its limit. */
const GRACE_MS = 5_000

/** A pool in which nothing runs yet. */
export function openPool<W extends Worker>(options: PoolOptions<W>): Pool<W> {
  const { size, spawn, gone, log, pause = backOff, ping_ms = PING_MS } = options
  const places = Array.from({ length: size }, (_, at): Place<W> => ({
    number: at + 1,
    worker: null,
    failures: 0,
  }))
  const alive = new Set<W>()
  const broken = Promise.withResolvers<never>()
  // Whoever asks for it gets it; who does not ask need not hear of it.
  broken.promise.catch(() => undefined)
  let stopping = false
  let rolling: Promise<boolean> | null = null

  const ready = (): readonly W[] => places.flatMap(({ worker }) => worker ?? [])

  /** Has another one listen for a place. Whoever listened for it before is the caller's to stop. */
  async function launch(place: Place<W>): Promise<void> {
    const worker = spawn(place.number, () => replace(place, worker))
    const { pid } = worker
    const watching = watchTurns(worker, ping_ms, () => log.error('worker.hangs', { pid }))
    let since = Infinity
    alive.add(worker)
    void worker.exited.then(async (how) => {
      watching.stop()
      await ended(place, worker, how, performance.now() - since)
    })
    try {
      await worker.start()
    } catch (error) {
      worker.kill()
      throw error
    }
    since = performance.now()
    if (stopping) return
    place.worker = worker
    log.info('worker.ready', { worker: place.number, pid })
  }

  /** `listened`: for how many milliseconds. */
  async function ended(place: Place<W>, worker: W, how: string, listened: number): Promise<void> {
    const lost = place.worker === worker && !stopping
    const event = lost ? 'worker.died' : 'worker.ended'
    log[lost ? 'warn' : 'info'](event, { worker: place.number, pid: worker.pid, reason: how })
    if (place.worker === worker) place.worker = null
    await gone(worker).catch((error: unknown) => log.error('worker.not_settled', fault(error)))
    alive.delete(worker)
    if (!lost) return
    place.failures = listened >= STABLE_MS ? 0 : place.failures + 1
    await restore(place, tell)
  }

  /** Tries until one listens. `refused` may throw what it is given, to try no more. */
  async function restore(
    place: Place<W>,
    refused: (place: Place<W>, error: unknown) => void,
  ): Promise<void> {
    for (;;) {
      if (place.failures > 0) await Bun.sleep(pause(place.failures))
      if (stopping || place.worker) return
      try {
        return await launch(place)
      } catch (error) {
        if (stopping) return
        refused(place, error)
        if (++place.failures >= TRIES && ready().length === 0) return giveUp(place.failures)
      }
    }
  }

  function tell({ number }: Place<W>, error: unknown): void {
    const told = error instanceof OperatorError ? { reason: error.message } : fault(error)
    log.error('worker.not_started', { worker: number, ...told })
  }

  function giveUp(failures: number): void {
    const message = `workers end before they serve, ${failures} times in a row`
    broken.reject(new OperatorError(message, 'pangate doctor; the log says how they ended'))
  }

  /** For one that leaves by itself: resolves when another listens, or cannot. */
  async function replace(place: Place<W>, worker: W): Promise<void> {
    if (stopping || place.worker !== worker) return
    await launch(place).catch((error: unknown) => tell(place, error))
  }

  async function rollAll(limit: number): Promise<boolean> {
    for (const place of places) {
      const { worker } = place
      if (stopping || !worker) return false
      try {
        await launch(place)
      } catch (error) {
        // Those that run serve on: what they were started with still works.
        tell(place, error)
        return false
      }
      await stop(worker, limit)
    }
    return true
  }

  async function stop(worker: W, limit: number): Promise<void> {
    const timer = setTimeout(() => worker.kill(), limit + GRACE_MS)
    // One that cannot be told is ending, or is ended when its time is over.
    worker.drain(limit).catch(() => undefined)
    await worker.exited
    clearTimeout(timer)
  }

  return {
    start: async () => {
      const refused = (place: Place<W>, error: unknown): void => {
        if (error instanceof OperatorError) throw error
        tell(place, error)
      }
      const all = Promise.all(places.map((place) => restore(place, refused)))
      await Promise.race([all, broken.promise])
    },
    roll: (limit) => (rolling ??= rollAll(limit).finally(() => (rolling = null))),
    async drain(limit) {
      stopping = true
      await Promise.all([...alive].map((worker) => stop(worker, limit)))
    },
    kill() {
      stopping = true
      for (const worker of alive) worker.kill()
    },
    ready,
    broken: broken.promise,
  }
}

/** A tenth of a second, then twice as long each time. */
function backOff(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, 50 * 2 ** failures)
}
