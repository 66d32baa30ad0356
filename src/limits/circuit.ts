/**
 * @module Circuit breakers: a place that fails again and again is left alone for a while, and then tried without a payment.
 */
import type { Clock } from '../clock.ts'

/** `recovering`: it was reached again, and a few calls at a time are let through. */
export type CircuitState = 'closed' | 'open' | 'recovering'

/** A circuit that changed, as plain data. */
export interface CircuitChange {
  /** Which one: a host and port, for some with the tenant whose calls it is about. */
  readonly key: string
  readonly state: CircuitState
  /** Until when nothing is let through, in milliseconds since 1970; 0 where it is not open. */
  readonly until: number
  /** How many times in a row it opened: each time it stays open for longer. */
  readonly times: number
}

/** How processes tell each other. */
export interface CircuitShare {
  /** Tells the others; may lose it. */
  publish(change: CircuitChange): void
  /** Hears of the others' changes, never of its own. */
  subscribe(on: (change: CircuitChange) => void): void
}

export interface CircuitOptions {
  /** Failures in a row that open a circuit; 0: none ever opens. */
  readonly failures: number
  /** Milliseconds for which it is open the first time; twice as long each further time. */
  readonly open_ms: number
  readonly clock: Clock
  /** Told of each change that was made here. */
  readonly changed: (change: CircuitChange) => void
  readonly share?: CircuitShare
  /** Between 0 and 1; by default random. */
  readonly random?: () => number
}

/** What became of a call. `nothing`: it does not speak for or against the place. */
export type Ending = 'succeeded' | 'failed' | 'nothing'

/** One call's way through a circuit. */
export interface Pass {
  /** 0 where the call may go on; else the milliseconds after which it is worth trying again. */
  readonly wait_ms: number
  /** To be called once, whatever happened; it does nothing for a call that may not go on. */
  end(how: Ending): void
}

export interface Circuits {
  /**
   * Asks for a way to a place. Of an open circuit whose time is over, one caller waits for `probe`, which resolves to
   * whether the place can be reached by means that cost nobody anything; all others are told to wait meanwhile. A closed
   * one is passed at once.
   */
  enter(key: string, probe: () => Promise<boolean>): Pass | Promise<Pass>
  /** Those that are not closed. */
  list(): readonly CircuitChange[]
}

interface Circuit {
  state: CircuitState
  until: number
  times: number
  /** Failures in a row. */
  failures: number
  /** Calls that may still start while it recovers: one at first, two more for each that succeeds. */
  credit: number
  /** How many succeeded since it recovers. */
  successes: number
  probing: boolean
}

const LONGEST_MS = 60_000
/** What a caller is told while others find out. */
const SOON_MS = 1_000
/** Successes after which a place is as good as any. */
const ENOUGH = 16
/** How long after its time an open circuit is still shown where nobody wants to go there. */
const FORGOTTEN_MS = 600_000
/** Circuits remembered: those that fail, so that this is bounded whatever tenants name. */
const MOST = 10_000

const FREE: Pass = { wait_ms: 0, end: () => undefined }
const CLOSED = { state: 'closed', times: 0 } as const

/** Opens circuit breakers; all are closed. */
export function openCircuits(options: CircuitOptions): Circuits {
  const { failures: limit, open_ms, clock, changed, share, random = Math.random } = options
  const circuits = new Map<string, Circuit>()

  function told(key: string, { state, until, times }: Circuit): void {
    const change: CircuitChange = { key, state, until, times }
    changed(change)
    share?.publish(change)
  }

  function open(key: string, circuit: Circuit): void {
    const base = Math.min(LONGEST_MS, open_ms * 2 ** circuit.times)
    circuit.state = 'open'
    circuit.times++
    // Up to a tenth more, so that several processes do not come back in the same moment.
    circuit.until = clock() + Math.round(base * (1 + random() / 10))
    told(key, circuit)
  }

  function recover(key: string, circuit: Circuit): void {
    Object.assign(circuit, { state: 'recovering', until: 0, failures: 0, credit: 1, successes: 0 })
    told(key, circuit)
  }

  function close(key: string, circuit: Circuit): void {
    circuits.delete(key)
    Object.assign(circuit, { state: 'closed', until: 0, times: 0 })
    told(key, circuit)
  }

  function fresh(key: string): Circuit {
    const circuit: Circuit = {
      state: 'closed',
      until: 0,
      times: 0,
      failures: 0,
      credit: 0,
      successes: 0,
      probing: false,
    }
    circuits.set(key, circuit)
    if (circuits.size > MOST) circuits.delete(circuits.keys().next().value ?? '')
    return circuit
  }

  function ended(key: string, how: Ending): void {
    const circuit = circuits.get(key)
    if (how === 'failed') {
      const failing = circuit ?? fresh(key)
      if (failing.state === 'recovering') return open(key, failing)
      if (failing.state === 'closed' && ++failing.failures >= limit) open(key, failing)
    } else if (how === 'succeeded' && circuit) {
      if (circuit.state === 'closed') circuits.delete(key)
      if (circuit.state !== 'recovering') return
      circuit.credit += 2
      if (++circuit.successes >= ENOUGH) close(key, circuit)
    } else if (circuit?.state === 'recovering') circuit.credit++
  }

  /** A way that counts only as long as nothing changed: what began before it opened says nothing of how it is now. */
  function pass(key: string): Pass {
    const { state, times } = circuits.get(key) ?? CLOSED
    let over = false
    return {
      wait_ms: 0,
      end: (how) => {
        const now = circuits.get(key) ?? CLOSED
        if (!over && now.state === state && now.times === times) ended(key, how)
        over = true
      },
    }
  }

  const wait = (wait_ms: number): Pass => ({ ...FREE, wait_ms })

  /** The way through a circuit that is not closed. */
  async function tried(
    key: string,
    circuit: Circuit,
    probe: () => Promise<boolean>,
  ): Promise<Pass> {
    if (circuit.state === 'open') {
      const left = circuit.until - clock()
      // Longer than it was ever set for: the clock was moved.
      if (left > 0 && left <= LONGEST_MS * 2) return wait(left)
      if (circuit.probing) return wait(SOON_MS)
      circuit.probing = true
      const reached = await probe().catch(() => false)
      circuit.probing = false
      // Another process may have found out meanwhile.
      if (circuits.get(key) === circuit && circuit.state === 'open') {
        if (!reached) {
          open(key, circuit)
          return wait(circuit.until - clock())
        }
        recover(key, circuit)
      }
    }
    if (circuits.get(key) !== circuit) return pass(key)
    if (circuit.state === 'open' || circuit.credit === 0) return wait(SOON_MS)
    circuit.credit--
    return pass(key)
  }

  share?.subscribe(({ key, state, until, times }) => {
    if (state === 'closed') return void circuits.delete(key)
    const circuit = circuits.get(key) ?? fresh(key)
    Object.assign(circuit, { state, until, times, failures: 0, credit: 1, successes: 0 })
  })

  return {
    enter(key, probe) {
      if (limit === 0) return FREE
      const circuit = circuits.get(key)
      return !circuit || circuit.state === 'closed' ? pass(key) : tried(key, circuit, probe)
    },
    list() {
      for (const [key, { state, until }] of circuits) {
        if (state === 'open' && until + FORGOTTEN_MS < clock()) circuits.delete(key)
      }
      return [...circuits]
        .filter(([, { state }]) => state !== 'closed')
        .map(([key, { state, until, times }]) => ({ key, state, until, times }))
    },
  }
}
