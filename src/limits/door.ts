/**
 * @module The door of this process: so many requests are worked on at once, others wait for a moment, and who waited too long is refused.
 */

import { A_TURN } from './turns.ts'

export interface DoorRules {
  /** Requests worked on at once; 0: no limit. */
  readonly most: number
  /** Milliseconds that a request waits at most before it comes in. */
  readonly patience_ms: number
  /** How many are worked on now. */
  readonly working: () => number
  /** Milliseconds that never go back; by default of the process. */
  readonly now?: () => number
  /** Has something run when the event loop has gone round, or after some milliseconds. */
  readonly schedule?: (run: () => void, ms: number | null) => void
}

export interface Door {
  /**
   * Null where a request may come in at once. Else resolves to whether it may. `name` says whose it is: of all names that
   * wait, each has its turn. `bytes` is what its body has.
   */
  enter(name: string, bytes: number): Promise<boolean> | null
  /** Somebody has left, or waits for somebody else. */
  left(): void
  /** How many wait. */
  waiting(): number
}

interface Waiting {
  readonly since: number
  readonly bytes: number
  readonly settle: (admitted: boolean) => void
}

/** Refusals cost time as well, and who is refused comes again: so many in a millisecond, the others wait for theirs. */
const REFUSALS_PER_MS = 4
/** How long a full door is left alone where nobody leaves. */
const PAUSE_MS = 10
/** What a request that waits may bring with it, and all together: the runtime reads bodies meanwhile. Others come in at once or not at all. */
const BYTES = 65_536
const ALL_BYTES = 67_108_864

/**
 * A door, with a line for each name. While nobody waits too long, the first in a line is let in; else the last, because
 * who has waited for long goes away soon, and to let in only those would serve nobody in time.
 */
export function openDoor({ most, patience_ms, working, ...rest }: DoorRules): Door {
  const { now = () => performance.now(), schedule = byLoop } = rest
  const lines = new Map<string, Waiting[]>()
  let count = 0
  let bytes = 0
  let begun = 0
  let refusals = 0
  let turned = now()
  let scheduled: 'turn' | 'pause' | null = null

  const isFull = (coming = 0): boolean => most > 0 && working() + coming >= most

  /** Lets one of each line go on in turn, as long as `pick` gives one of some line. */
  function each(pick: (line: Waiting[]) => Waiting | undefined, admitted: boolean): void {
    let idle = 0
    while (idle < lines.size) {
      const [[name, line] = ['', []]] = lines
      lines.delete(name)
      const one = pick(line)
      if (line.length > 0) lines.set(name, line)
      idle = one ? 0 : idle + 1
      if (!one) continue
      count--
      bytes -= one.bytes
      one.settle(admitted)
    }
  }

  function turn(): void {
    const time = now()
    const isLate = (one: Waiting | undefined): boolean =>
      one !== undefined && time - one.since > patience_ms
    begun = 0
    refusals = Math.min(A_TURN, refusals + (time - turned) * REFUSALS_PER_MS)
    turned = time
    each((line) => {
      // Those who were let in are not at work before the next turn.
      if (begun >= A_TURN || isFull(begun) || isLate(line.at(-1))) return undefined
      begun++
      return isLate(line[0]) ? line.pop() : line.shift()
    }, true)
    each((line) => {
      if (refusals < 1 || !isLate(line[0])) return undefined
      refusals--
      return line.shift()
    }, false)
    if (count > 0) soon(isFull() ? 'pause' : 'turn')
    else if (begun > 0) soon('turn')
  }

  function soon(how: 'turn' | 'pause'): void {
    if (scheduled === 'turn' || scheduled === how) return
    scheduled = how
    schedule(
      () => {
        if (scheduled !== how) return
        scheduled = null
        turn()
      },
      how === 'pause' ? PAUSE_MS : null,
    )
  }

  return {
    enter(name, size) {
      const mayWait = size <= BYTES && bytes + size <= ALL_BYTES
      if (!isFull() && (!mayWait || (count === 0 && begun < A_TURN))) {
        begun++
        soon('turn')
        return null
      }
      if (!mayWait) return Promise.resolve(false)
      const { promise, resolve } = Promise.withResolvers<boolean>()
      const line = lines.get(name) ?? []
      lines.set(name, line)
      line.push({ since: now(), bytes: size, settle: resolve })
      count++
      bytes += size
      soon(isFull() ? 'pause' : 'turn')
      return promise
    },
    left() {
      if (count > 0) soon('turn')
    },
    waiting: () => count,
  }
}

function byLoop(run: () => void, ms: number | null): void {
  if (ms === null) setImmediate(run)
  else setTimeout(run, ms).unref()
}
