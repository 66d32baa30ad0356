/**
 * @module Recorded answers, notifications and sessions of a PSP, and values for the kit to use: files beside an adapter.
 */
import { OPERATIONS, type Intent, type Json, type OperationName } from '../adapter.ts'
import type { Asked } from '../forward/genuine.ts'
import { complaint, words, type Complaint } from './finding.ts'

/** What every kind of fixture may have. */
interface Message {
  /** The file's name. */
  readonly name: string
  /** The page it follows, or how it was recorded. */
  readonly source?: string
  readonly headers?: { readonly [name: string]: string }
  /** JSON, or the text where `text` is not given. */
  readonly body?: Json
  /** The body in its exact spelling. */
  readonly text?: string
  readonly options?: { readonly [name: string]: string }
  /** Those under which it is signed. */
  readonly credentials?: { readonly [name: string]: string }
  /** Seconds since 1970, for signatures with a time in them. */
  readonly now?: number
  /** What `verify` says of it. */
  readonly genuine?: boolean
}

/** `OPERATION.NAME.json`: an answer, and the outcome that must be read in it. */
export interface AnswerFixture extends Message {
  readonly operation: OperationName
  readonly status: number
  readonly intent?: Partial<Intent>
  /** The request it answers, where the signature covers that. */
  readonly asked?: Asked
  readonly outcome: Json
}

/** `notification.NAME.json`: a message of the PSP, and what it says. */
export interface NotificationFixture extends Message {
  /** The address the PSP was given, where its signature covers that. */
  readonly url?: string
  readonly query?: { readonly [name: string]: string }
  readonly notice?: Json
}

/** `session.NAME.json`: the answer to the session step, and what it gives; null where it gives none. */
export interface SessionFixture extends Message {
  readonly status: number
  readonly session: Json
}

/** `request.NAME.json`: an intent, and what is sent for it, with names in place of values. */
export interface RequestFixture {
  readonly name: string
  readonly operation: OperationName
  readonly options?: { readonly [name: string]: string }
  readonly intent: Partial<Intent>
  /** Parts that must be as they are here; a body that is JSON is compared as JSON. */
  readonly request: Json
}

/** `sample.json`: what the kit uses where the values it makes up would not do. */
export interface Sample {
  readonly credentials?: { readonly [name: string]: string }
  /** Parts of intents by operation; `*` is for all. */
  readonly intents?: { readonly [operation: string]: Partial<Intent> }
  /** Whether the PSP takes the currency from the account and not from the request. */
  readonly currency_of_account?: boolean
  /** What is sent for `JPY 730451` where the PSP counts in other units than ISO 4217. */
  readonly amounts?: { readonly [amount: string]: string }
}

export interface Fixtures {
  readonly answers: readonly AnswerFixture[]
  readonly notifications: readonly NotificationFixture[]
  readonly sessions: readonly SessionFixture[]
  readonly requests: readonly RequestFixture[]
  readonly sample: Sample
  /** Files that could not be read. */
  readonly wrong: readonly Complaint[]
}

/** A file's name and text. */
export interface FixtureFile {
  readonly name: string
  readonly text: string
}

export const NO_FIXTURES: Fixtures = {
  answers: [],
  notifications: [],
  sessions: [],
  requests: [],
  sample: {},
  wrong: [],
}

type Row = { readonly [name: string]: unknown }

/** What a fixture of each kind cannot do without. */
const WANTED = {
  answer: ['status', 'outcome'],
  notification: [],
  session: ['status', 'session'],
  request: ['operation', 'intent', 'request'],
} as const

const KINDS = ['notification', 'session', 'request'] as const

/** The fixtures of a folder's `.json` files; what is wrong with them is in `wrong`. */
export function readFixtures(files: readonly FixtureFile[]): Fixtures {
  const wrong: Complaint[] = []
  const answers: AnswerFixture[] = []
  const notifications: NotificationFixture[] = []
  const sessions: SessionFixture[] = []
  const requests: RequestFixture[] = []
  let sample: Sample = {}
  for (const { name, text } of files) {
    if (!name.endsWith('.json')) continue
    const row = parse(name, text, wrong)
    if (!row) continue
    const first = name.split('.')[0] ?? ''
    const operation = OPERATIONS.find((one) => one === (row['operation'] ?? first))
    const kind = KINDS.find((one) => one === first) ?? 'answer'
    if (name === 'sample.json') {
      // Checked where it is used: each value takes the place of one that was made up.
      sample = row as Sample
    } else if (kind === 'answer' && !operation) {
      wrong.push(
        complaint(
          name,
          `the name begins with ${first}, which is no operation`,
          `name it OPERATION.WHAT.json with one of ${OPERATIONS.join(', ')}, or notification.WHAT.json, request.WHAT.json, session.WHAT.json or sample.json`,
        ),
      )
    } else {
      const lacks: string[] = WANTED[kind].filter((key) => row[key] === undefined)
      if (kind !== 'request' && row['body'] === undefined && typeof row['text'] !== 'string') {
        lacks.push('body')
      }
      if (lacks.length > 0) {
        wrong.push(complaint(name, `${lacks.join(' and ')} is missing`, `add "${lacks[0]}"`))
        continue
      }
      // Its members were looked for above; those with a wrong type show in the rule that reads them.
      const message = { ...row, name, operation } as never
      if (kind === 'answer') answers.push(message)
      else if (kind === 'session') sessions.push(message)
      else if (kind === 'request') requests.push(message)
      else notifications.push(message)
    }
  }
  return { answers, notifications, sessions, requests, sample, wrong }
}

function parse(name: string, text: string, wrong: Complaint[]): Row | null {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      // Neither null nor an array, so an object.
      return value as Row
    }
    wrong.push(complaint(name, 'it is no JSON object', 'begin it with { and end it with }'))
  } catch (error) {
    wrong.push(complaint(name, `it is no JSON: ${words(error)}`, 'mend the file'))
  }
  return null
}

/** The body of a message as it came. */
export function textOf({ text, body }: Message): string {
  return text ?? (typeof body === 'string' ? body : JSON.stringify(body))
}
