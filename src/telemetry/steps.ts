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
  /** Ends everything, with what may be told of the request. The clock is another request's after that. */
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

// Made of the steps, each with its place.
const AT = Object.fromEntries(STEPS.map((step, at) => [step, at])) as Readonly<Record<Step, number>>
/** More than any line ends, with those that end twice and those that fail. */
const MARKS = 32
/** Clocks that are kept for the next requests, so that none is made under load. */
const MOST_IDLE = 256
const NOTHING: Fields = {}
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
  const idle: Clock[] = []
  const times = STEPS.map((step) => metrics.histogram('pangate_step_duration_seconds', [step]))
  const own = metrics.histogram('pangate_forward_own_duration_seconds')
  // Used by one request at a time: end() does not wait.
  const spent = new Float64Array(STEPS.length)

  class Clock implements RequestClock {
    #id = ''
    #parent: Traceparent | null = null
    #start = 0
    #inLine = false
    #fields: Fields = NOTHING
    /** Which steps ended, and when, in order; a step may end twice. */
    readonly #steps = new Uint8Array(MARKS)
    readonly #ends = new Float64Array(MARKS)
    #count = 0

    begin(id: string, traceparent: string | null): void {
      this.#id = id
      this.#parent = traceparent === null ? null : parseTraceparent(traceparent)
      this.#inLine = false
      this.#fields = NOTHING
      this.#count = 0
      this.#start = performance.now()
    }

    // As a property, because the line takes it off its object.
    readonly done = <T>(step: Step, value: T): T => {
      this.#mark(AT[step])
      return value
    }

    readonly failed = (): void => {
      this.#mark(this.#count === 0 ? 0 : (this.#steps[this.#count - 1] ?? 0) + 1)
    }

    #mark(step: number): void {
      if (step >= STEPS.length || this.#count === MARKS) return
      this.#steps[this.#count] = step
      this.#ends[this.#count++] = performance.now()
    }

    enter(): Line {
      this.#inLine = true
      this.#mark(AT.dialect)
      return this
    }

    tell(fields: Fields): void {
      this.#fields = this.#fields === NOTHING ? fields : { ...this.#fields, ...fields }
    }

    end(fields: Fields): void {
      running.delete(this.#id)
      this.#mark(AT.respond)
      if (this.#inLine) this.#add()
      finished(fields, () => this.#timed({ ...this.#fields, ...fields }))
      if (idle.length < MOST_IDLE) idle.push(this)
    }

    /** Adds its times to the histograms. */
    #add(): void {
      spent.fill(-1)
      let from = this.#start
      for (let at = 0; at < this.#count; at++) {
        const step = this.#steps[at] ?? 0
        const end = this.#ends[at] ?? from
        spent[step] = Math.max(0, spent[step] ?? 0) + end - from
        from = end
      }
      for (let step = 0; step < STEPS.length; step++) {
        const ms = spent[step] ?? -1
        if (ms >= 0) times[step]?.add(ms / 1000)
      }
      const total = from - this.#start
      const { sent = 'no' } = this.#fields
      metrics.histogram('pangate_forward_duration_seconds', [sent]).add(total / 1000)
      own.add((total - Math.max(0, spent[AT.transport] ?? 0)) / 1000)
    }

    #timed(fields: Fields): Timed {
      const ends = Array.from({ length: this.#count }, (_, at) => {
        const step = STEPS[this.#steps[at] ?? 0] ?? 'respond'
        // What is no forward has no steps but the edge.
        const name = this.#inLine || step === 'edge' ? step : 'handle'
        return [name, (this.#ends[at] ?? 0) - this.#start] as const
      })
      const total = ends.at(-1)?.[1] ?? 0
      const started = performance.timeOrigin + this.#start
      return { parent: this.#parent, started, total, ends, fields }
    }
  }

  return {
    begin(request_id, traceparent) {
      const clock = idle.pop() ?? new Clock()
      clock.begin(request_id, traceparent)
      running.set(request_id, clock)
      return clock
    },
    line: (request_id) => running.get(request_id)?.enter() ?? NO_LINE,
    tell: (request_id, fields) => running.get(request_id)?.tell(fields),
    running: () => running.size,
  }
}
