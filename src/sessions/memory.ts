/**
 * @module Sessions in this process's memory: the embedded default. They end with the process, and are in no file.
 */
import type { Clock } from '../clock.ts'
import type { SessionStore } from './store.ts'

/** How often values past their time are dropped, so that they do not stay in memory until somebody asks. */
const SWEEP_MS = 5_000

interface Value {
  readonly bytes: Uint8Array
  readonly expiresAt: number
  /** The same by `performance.now()`: a clock that is put back gives no security code more time. */
  readonly ends: number
}

/** A store in memory. */
export function memoryStore(clock: Clock): SessionStore {
  const values = new Map<string, Value>()
  const isOver = ({ expiresAt, ends }: Value): boolean =>
    expiresAt <= clock() || ends <= performance.now()

  function live(key: string): Uint8Array | null {
    const value = values.get(key)
    return value && !isOver(value) ? value.bytes : null
  }
  function forget(key: string): void {
    values.get(key)?.bytes.fill(0)
    values.delete(key)
  }
  const sweep = setInterval(() => {
    for (const [key, value] of values) if (isOver(value)) forget(key)
  }, SWEEP_MS)
  sweep.unref()

  return {
    set: async (key, bytes, expiresAt) => {
      const ends = performance.now() + expiresAt - clock()
      values.set(key, { bytes: new Uint8Array(bytes), expiresAt, ends })
    },
    get: async (key) => {
      const bytes = live(key)
      return bytes && new Uint8Array(bytes)
    },
    take: async (key) => {
      const bytes = live(key)
      const copy = bytes && new Uint8Array(bytes)
      forget(key)
      return copy
    },
    delete: async (key) => {
      const was = live(key) !== null
      forget(key)
      return was
    },
    size: () => values.size,
    close: () => {
      clearInterval(sweep)
      for (const key of values.keys()) forget(key)
    },
  }
}
