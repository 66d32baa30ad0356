/**
 * @module An adapter under examination: runs its operations through the core's own line, with made-up cards and credentials.
 */
import {
  OPERATIONS,
  type Adapter,
  type Answer,
  type Intent,
  type Operation,
  type OperationName,
  type Outcome,
} from '../adapter.ts'
import { baseOf } from '../forward/account.ts'
import type { Job, Outgoing, Transcript, Wish } from '../forward/call.ts'
import { placeOf } from '../forward/destination.ts'
import { cardOf, fillFrom, type Fill } from '../forward/fill.ts'
import { holesOf } from '../forward/holes.ts'
import type { OpenedJob } from '../forward/open.ts'
import { json } from '../forward/parse.ts'
import { planOf } from '../forward/plan.ts'
import { render } from '../forward/render.ts'
import { sign } from '../forward/sign.ts'
import { transcript } from '../forward/transcript.ts'
import { write } from '../forward/write.ts'
import { textOf, type AnswerFixture, type Fixtures } from './fixture.ts'
import { completed, intentFor, needOf } from './intents.ts'
import { randomCard, randomCredentials, type Card, type Credentials } from './made_up.ts'
import { NOW, accountOf, callOf, type Trial } from './trial.ts'

export { NOW, type Trial } from './trial.ts'

/** What is sent, and what is kept of it. */
export interface Run {
  readonly job: Job
  readonly request: Outgoing
  readonly opened: OpenedJob
}

export class Subject {
  readonly adapter: Adapter
  readonly fixtures: Fixtures
  /** What its file is called; null where it comes from none. */
  readonly file: string | null
  readonly credentials: Credentials
  readonly card: Card

  constructor(adapter: Adapter, fixtures: Fixtures, file: string | null) {
    this.adapter = adapter
    this.fixtures = fixtures
    this.file = file
    this.credentials = randomCredentials(adapter, fixtures.sample.credentials)
    this.card = randomCard()
  }

  /** Its operations, by name. */
  get operations(): readonly (readonly [OperationName, Operation])[] {
    return OPERATIONS.flatMap((name) => {
      const operation = this.adapter.operations[name]
      return operation ? [[name, operation] as const] : []
    })
  }

  /** The choices of an account that makes none. */
  get defaults(): Readonly<Record<string, string>> {
    const options = Object.entries(this.adapter.options ?? {})
    return Object.fromEntries(options.map(([name, { choices }]) => [name, choices[0]]))
  }

  /** Every single choice, each with the others as they are by default. */
  get choices(): readonly Readonly<Record<string, string>>[] {
    return Object.entries(this.adapter.options ?? {}).flatMap(([name, { choices }]) =>
      choices.slice(1).map((choice) => ({ [name]: choice })),
    )
  }

  /** One trial of each operation, with everything an intent can have but what the adapter itself does not want. */
  trials(options: Readonly<Record<string, string>> = {}): readonly Trial[] {
    return this.operations.map(([operation]) => this.trial(operation, options))
  }

  /** Those of `trials` that come to a request; the others are a finding of the rule `builds`. */
  working(options: Readonly<Record<string, string>> = {}): readonly Trial[] {
    return this.trials(options).filter((trial) => {
      try {
        const job = this.plan(trial)
        render(job, this.open(job))
        return true
      } catch {
        return false
      }
    })
  }

  /** A trial of one operation. */
  trial(operation: OperationName, options: Readonly<Record<string, string>> = {}): Trial {
    const start = intentFor(operation, this.adapter, this.fixtures)
    const intent = completed(this.adapter.operations[operation], start, (given) =>
      this.#intent(operation, given, options),
    )
    return { operation, intent, options }
  }

  /** The same trial with nothing but what the operation says it needs. */
  least({ operation, intent, ...rest }: Trial): Trial {
    const needs = this.adapter.operations[operation]?.needs ?? []
    let least: Wish['intent'] = { extra: {} }
    for (const need of needs) least = needOf(need).copy(intent, least)
    return {
      operation,
      intent: least,
      ...rest,
      card: needs.includes('card') ? this.card : null,
      cvc: needs.includes('cvc'),
    }
  }

  /** The job, as the core makes it. Throws as the core does. */
  plan(trial: Trial): Job {
    const call = callOf(trial, this.card.cvc)
    const account = accountOf(this.adapter, this.credentials, trial)
    const now = trial.now ?? NOW
    const { plan, origin, intent } = planOf(call, account, 'fwd_check', now)
    const holes = holesOf(plan)
    const deadline = now + 60_000
    return {
      ...{ id: 'fwd_check', call, account, plan, origin, intent, holes },
      ...{ place: placeOf(origin), wanted: [], started: now, began: performance.now(), deadline },
    }
  }

  /** Everything up to the sending. Throws as the core does. */
  async run(trial: Trial, given: { card?: Card; credentials?: Credentials } = {}): Promise<Run> {
    const job = this.plan(trial)
    const opened = this.open(job, given)
    const request = await sign(job, opened, render(job, opened), 'nonce-of-the-check')
    return { job, request, opened }
  }

  /** What the vault gives to a job. */
  open(job: Job, given: { card?: Card; credentials?: Credentials } = {}): OpenedJob {
    const { card = this.card, credentials = this.credentials } = given
    const { intent } = job
    const { cvc, ...rest } = card
    const tokens = new Map([['', { card: { ...rest, cvc: job.call.cvc ? cvc : null } }]])
    const opened = intent && { card: cardOf(tokens.get('')), credentials, intent }
    const sessions = job.holes.flatMap(({ source }) =>
      source.from === 'session' ? [[source.name, `session-${source.name}-1`] as const] : [],
    )
    return {
      tokens,
      rows: new Map(),
      credentials,
      session: this.adapter.session ? Object.fromEntries(sessions) : {},
      derive: (name) => (opened && this.adapter.derive?.[name]?.(opened)) ?? null,
      signing: opened && { credentials, intent: opened.intent },
      derived: new Map(),
      identity: null,
      leaving: () => undefined,
    }
  }

  /** What is kept of a job. */
  transcript(job: Job): Transcript {
    return transcript(job)
  }

  /** The plan with other words in its holes, nothing masked and nothing added. */
  written(job: Job, fill: Fill = (hole) => hole.label): string {
    const { target, headers, body } = write(job.plan, job.origin, fill)
    return [target, ...headers.map((header) => header.join(': ')), body.toString('utf8')].join('\n')
  }

  /** Where a trial goes, without what is signed. Throws as the core does. */
  head(trial: Trial): { readonly origin: string; readonly target: string } {
    const job = this.plan(trial)
    return write(job.plan, job.origin, this.fill(job))
  }

  /** What `parse` makes of a recorded answer. Throws what it throws. */
  outcome(fixture: AnswerFixture): Outcome {
    const { operation, status, headers, options, intent, now } = fixture
    const found = this.adapter.operations[operation]
    if (!found) throw new TypeError(`there is no operation ${operation}`)
    const more = { ...intent, ...(now !== undefined && { now }) }
    return found.parse(answerOf(status, fixture, headers), this.intent(operation, options, more))
  }

  /** The fill of a job's real request. */
  fill(job: Job): Fill {
    return fillFrom(this.open(job))
  }

  /** Where requests go. Throws where a name in the host has no value. */
  base(mode: 'live' | 'sandbox'): string {
    return baseOf(accountOf(this.adapter, this.credentials, { mode, options: {} }))
  }

  /** What the adapter is told in a trial. */
  told({ operation, intent, options }: Trial): Intent {
    return this.#intent(operation, intent, options)
  }

  /** Never throws. */
  #intent(operation: OperationName, given: Wish['intent'], options: Trial['options']): Intent {
    const own = accountOf(this.adapter, this.credentials, { options }).options
    return {
      ...given,
      operation,
      idempotency_key: 'key-of-the-check',
      now: NOW / 1000,
      mode: 'sandbox',
      options: { ...this.defaults, ...own },
    }
  }

  /** What `parse` is told of an answer to an operation. */
  intent(operation: OperationName, options: Trial['options'] = {}, more: Partial<Intent> = {}) {
    return { ...this.#intent(operation, this.trial(operation, options).intent, options), ...more }
  }
}

/** An answer as an adapter sees it. */
export function answerOf(
  status: number,
  message: Parameters<typeof textOf>[0] | string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const text = typeof message === 'string' ? message : textOf(message)
  return { status, headers, text, json: json(text) }
}
