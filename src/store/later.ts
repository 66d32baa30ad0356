/**
 * @module Writes that must still be made although their caller was told that they were not: tried again until the database takes them.
 */
import { GatewayError } from '../errors.ts'
import { fault, type Log } from '../telemetry/log.ts'
import { plainWrite, type PlainWrite, type Write, type Writer } from './write.ts'

export interface Later {
  /**
   * Takes what sets a record right, under the record's id; what is kept for an id already stays. Each must be right to make
   * twice, because one that was not answered may have been made. False where there is no room.
   */
  add(id: string, ...writes: readonly Write[]): boolean
  /** How many wait. */
  size(): number
  /** Tries once more, and gives up. */
  close(): Promise<void>
}

const AGAIN_MS = 500
const MOST_BYTES = 64 * 1024 * 1024

/** Keeps them in memory: with the process they are lost, and the records stay as they are. */
export function openLater(write: Writer, log: Log): Later {
  const waiting = new Map<string, readonly PlainWrite[]>()
  let bytes = 0
  let running: Promise<void> | null = null
  let timer: Timer | undefined

  function remove(id: string): void {
    bytes -= sizeOf(waiting.get(id) ?? [])
    waiting.delete(id)
  }

  async function tryAll(): Promise<void> {
    for (const [id, writes] of [...waiting]) {
      try {
        await write(...writes)
      } catch (error) {
        if (error instanceof GatewayError && error.code === 'storage_unavailable') return
        log.error('later.failed', fault(error))
      }
      remove(id)
    }
  }

  function soon(): void {
    if (timer !== undefined || waiting.size === 0) return
    timer = setTimeout(() => {
      running = tryAll().finally(() => {
        timer = undefined
        running = null
        soon()
      })
    }, AGAIN_MS)
    timer.unref()
  }

  return {
    add(id, ...writes) {
      if (waiting.has(id)) return true
      const plain = writes.map(plainWrite)
      const size = sizeOf(plain)
      if (bytes + size > MOST_BYTES) return false
      waiting.set(id, plain)
      bytes += size
      soon()
      return true
    },
    size: () => waiting.size,
    async close() {
      await running
      clearTimeout(timer)
      await tryAll()
      if (waiting.size > 0) log.error('later.lost', { count: waiting.size })
      waiting.clear()
    },
  }
}

/** Bytes of texts and blobs, which are what there can be many of. */
function sizeOf(writes: readonly PlainWrite[]): number {
  const values = writes.flatMap((one) => ('sql' in one ? one.params : []))
  return values.reduce<number>(
    (sum, value) =>
      sum +
      (typeof value === 'string' ? value.length : value instanceof Uint8Array ? value.length : 8),
    0,
  )
}
