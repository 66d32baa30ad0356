/**
 * @module One JSON line an event, on standard error. A line holds names, ids, codes and numbers: never a body, a header or a value.
 */
import type { Clock } from '../clock.ts'

const LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type Level = (typeof LEVELS)[number]

/** The only fields there are: adding one is a decision to publish it. */
export interface Fields {
  readonly request_id?: string
  readonly tenant?: string
  readonly caller?: string
  readonly method?: string
  /** The route's pattern, not the path: paths hold ids. */
  readonly route?: string
  readonly status?: number
  readonly code?: string
  readonly sent?: string
  /** What the PSP's answer means: one of six words. */
  readonly outcome?: string
  readonly forward?: string
  readonly host?: string
  readonly ms?: number
  /** How many. */
  readonly count?: number
  readonly psp_ms?: number
  /** Class and code of an unexpected error: its message may hold anything, so it is left out. */
  readonly fault?: string
  /** Where in our own source: function names and positions. */
  readonly at?: readonly string[]
  readonly address?: string
  readonly version?: string
  /** Which of several processes that serve. */
  readonly worker?: number
  readonly pid?: number
  /** An adapter's file: its name, where in it something is wrong, and what. Written by the operator, and read before any card. */
  readonly adapter?: string
  readonly file?: string
  readonly line?: number
  readonly reason?: string
  readonly sha256?: string
  /** Where a chain of the audit log stands: `chain:seq:hash`. */
  readonly head?: string
}

export interface Log {
  debug(event: string, fields?: Fields): void
  info(event: string, fields?: Fields): void
  warn(event: string, fields?: Fields): void
  error(event: string, fields?: Fields): void
}

export interface LogOptions {
  readonly level: Level
  readonly format: 'json' | 'text'
  readonly clock: Clock
  /** In every line. */
  readonly always?: Fields
  /** Takes one line without its end. */
  readonly write: (line: string) => void
}

/** A log. Events are names of ours; every other text is escaped by JSON. */
export function openLog({ level, format, clock, write, always }: LogOptions): Log {
  const least = LEVELS.indexOf(level)
  const at =
    (name: Level) =>
    (event: string, fields: Fields = {}): void => {
      if (LEVELS.indexOf(name) < least) return
      const time = new Date(clock()).toISOString()
      write(
        format === 'json'
          ? JSON.stringify({ time, level: name, event, ...always, ...fields })
          : `${time} ${name} ${event} ${JSON.stringify({ ...always, ...fields })}`,
      )
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** A name that code has: whoever throws may call an error, or a function, by a value. */
const NAME = /^(?!.*\d{6})[\w$.<> -]{1,64}$/

/** `    at name (file:line:column)`. The first lines of a stack are the message, which may hold anything. */
const FRAME = /^ {4}at ([\w$.<> ]+) \((?:.*[\\/])?([^\\/]*)\)$/

/** What may be told of an unexpected error: its class, its code, and where in our code it came from. */
export function fault(error: unknown): Pick<Fields, 'fault' | 'at'> {
  if (!(error instanceof Error)) return { fault: typeof error }
  try {
    const code = 'code' in error && typeof error.code === 'string' ? ` ${named(error.code)}` : ''
    const at = (error.stack ?? '').split('\n').flatMap((line) => {
      const [, name = '', place = ''] = FRAME.exec(line) ?? []
      return name !== '' && NAME.test(name) && NAME.test(place.replace(/:\d+:\d+$/, '').slice(-64))
        ? [`at ${name} (${place})`]
        : []
    })
    return { fault: `${named(error.name)}${code}`, at: at.slice(0, 8) }
  } catch {
    // One of its members throws: nothing of it can be told.
    return { fault: 'unreadable' }
  }
}

function named(name: string): string {
  return NAME.test(name) ? name : 'unnamed'
}
