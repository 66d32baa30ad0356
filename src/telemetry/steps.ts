/**
 * @module Where the time of a request goes: a mark at the end of each step of the line, and histograms by step.
 */
import type { Fields } from './log.ts'
import type { Metrics } from './metrics.ts'
import { parseTraceparent, type Traceparent } from './traceparent.ts'

/** The line, in order. `edge` is what stands before a dialect, `respond` what comes after the record. */
export const STEPS = [
  'edge',
  'dialect',
  'resolve',
  'reserve',
  'vault',
  'render',
  'sign',
  'transport',
  'scrub',
  'parse',
  'record',
  'respond',
] as const

export type Step = (typeof STEPS)[number]

/** The clock of one forward. Costs one reading of the time for each step. */
export interface Line {
  /** Ends a step: all time since the end of the one before is its own. Gives the value on. */
  done<T>(step: Step, value: T): T
  /** Ends the step after the last one that ended: the one in which something was thrown. */
  failed(): void
}

/** The clock of one request, started at the edge. */
export interface RequestClock extends Line {
  /** Ends everything, with what may be told of the request. */
  end(fields: Fields): void
}

export interface Steps {
  /** Starts the clock. `traceparent` is the caller's header, if any. */
  begin(request_id: string, traceparent: string | null): RequestClock
  /** The clock of a request that goes into the line: its dialect is done. One that does nothing where none was started. */
  line(request_id: string): Line
  /** Adds to what may be told of a request. */
  tell(request_id: string, fields: Fields): void
  /** Requests under way. */
  running(): number
}

/** A request that ended: what a trace is made of. Times in milliseconds. */
export interface Timed {
  readonly parent: Traceparent | null
  /** Since 1970. */
  readonly started: number
  readonly total: number
  /** Each step that was run, in order, with its end since the start. */
  readonly ends: readonly (readonly [step: Step | 'handle', end: number])[]
  readonly fields: Fields
}

const AT: Readonly<Record<string, number>> = Object.fromEntries(STEPS.map((step, at) => [step, at]))
const NO_LINE: Line = { done: (_, value) => value, failed: () => undefined }

/**
 * The clocks of a program. `finished` is called at the end of every request with what may be told of it, and a function
 * that puts its times together; it must not wait.
 */
export function openSteps(
  metrics: Metrics,
  finished: (fields: Fields, timed: () => Timed) => void,
): Steps {
  const running = new Map<string, Clock>()
  const times = STEPS.map((step) => metrics.histogram('pangate_step_duration_seconds', [step]))
  const own = metrics.histogram('pangate_forward_own_duration_seconds')
  // Used by one request at a time: end() does not wait.
  const spent = new Float64Array(STEPS.length)

  class Clock implements RequestClock {
    readonly #id: string
    readonly #parent: Traceparent | null
    readonly #start = performance.now()
    /** Which step ended, and when; a step may end twice. */
    readonly #marks: number[] = []
    #fields: Fields = {}
    #inLine = false

    constructor(id: string, traceparent: string | null) {
      this.#id = id
      this.#parent = traceparent === null ? null : parseTraceparent(traceparent)
    }

    // As a property, because the line takes it off its object.
    readonly done = <T>(step: Step, value: T): T => {
      this.#marks.push(AT[step] ?? 0, performance.now())
      return value
    }

    readonly failed = (): void => {
      const next = (this.#marks.at(-2) ?? -1) + 1
      if (next < STEPS.length) this.#marks.push(next, performance.now())
    }

    enter(): Line {
      this.#inLine = true
      this.done('dialect', null)
      return this
    }

    tell(fields: Fields): void {
      this.#fields = { ...this.#fields, ...fields }
    }

    end(fields: Fields): void {
      running.delete(this.#id)
      this.done('respond', null)
      if (this.#inLine) this.#count()
      finished(fields, () => this.#timed({ ...this.#fields, ...fields }))
    }

    #count(): void {
      spent.fill(-1)
      let from = this.#start
      for (let i = 0; i < this.#marks.length; i += 2) {
        const [step = 0, end = from] = [this.#marks[i], this.#marks[i + 1]]
        spent[step] = Math.max(0, spent[step] ?? 0) + end - from
        from = end
      }
      for (const [step, time] of times.entries()) {
        const ms = spent[step] ?? -1
        if (ms >= 0) time.add(ms / 1000)
      }
      const total = from - this.#start
      const { sent = 'no' } = this.#fields
      metrics.histogram('pangate_forward_duration_seconds', [sent]).add(total / 1000)
      own.add((total - Math.max(0, spent[AT['transport'] ?? 0] ?? 0)) / 1000)
    }

    #timed(fields: Fields): Timed {
      const ends: (readonly [Step | 'handle', number])[] = []
      for (let i = 0; i < this.#marks.length; i += 2) {
        const step = STEPS[this.#marks[i] ?? 0] ?? 'respond'
        // What is no forward has no steps but the edge.
        const name = this.#inLine || step === 'edge' ? step : 'handle'
        ends.push([name, (this.#marks[i + 1] ?? 0) - this.#start])
      }
      const total = ends.at(-1)?.[1] ?? 0
      const started = performance.timeOrigin + this.#start
      return { parent: this.#parent, started, total, ends, fields }
    }
  }

  return {
    begin(request_id, traceparent) {
      const clock = new Clock(request_id, traceparent)
      running.set(request_id, clock)
      return clock
    },
    line: (request_id) => running.get(request_id)?.enter() ?? NO_LINE,
    tell: (request_id, fields) => running.get(request_id)?.tell(fields),
    running: () => running.size,
  }
}
