/**
 * @module An adapter by itself: its request as the core would send it, and what it makes of an answer.
 */
import type {
  Adapter,
  AdapterModule,
  Answer,
  Intent,
  Json,
  OperationName,
} from '../../src/adapter.ts'
import { cardOf, fillFrom } from '../../src/forward/fill.ts'
import { json } from '../../src/forward/parse.ts'
import { write } from '../../src/forward/write.ts'
import { kit } from '../../src/kit.ts'

export interface Sent {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  readonly fields: Readonly<Record<string, Json>>
}

interface Opened {
  readonly card: {
    readonly number: string
    readonly exp_month: string
    readonly exp_year: string
    readonly cvc?: string
    readonly holder?: string
  }
  readonly credentials: Readonly<Record<string, string>>
}

/** A built-in adapter, or one that a test wrote, as the registry makes it. */
export function make<M extends (...args: never[]) => unknown>(module: M): Adapter {
  // Each module takes the kit and gives an adapter; only the names of its credentials differ.
  return (module as unknown as AdapterModule)(kit)
}

/** The options of an account that chose some. */
export function optionsOf(adapter: Adapter, chosen: Readonly<Record<string, string>> = {}) {
  const defaults = Object.entries(adapter.options ?? {}).map(([name, option]) => [
    name,
    option.choices[0],
  ])
  return { ...Object.fromEntries(defaults), ...chosen }
}

/** What the adapter complains of, as the core would tell it. */
export function complaints(adapter: Adapter, intent: Intent): readonly string[] {
  return operation(adapter, intent).check?.(intent) ?? []
}

/** The request of an intent, filled, with added fields and headers. */
export function send(adapter: Adapter, intent: Intent, { card, credentials }: Opened): Sent {
  const tokens = new Map([['', { card }]])
  const opened = { card: cardOf(tokens.get('')), credentials, intent }
  const fill = fillFrom({
    tokens,
    rows: new Map(),
    credentials,
    session: {},
    derive: (name) => adapter.derive?.[name]?.(opened) ?? null,
  })
  const plan = operation(adapter, intent).build(intent)
  const request = write(plan, adapter.hosts[intent.mode], fill, (fields) => {
    const added = Object.entries(adapter.fields ?? {}).flatMap(([name, compute]) => {
      const value = compute(fields, opened)
      return value === undefined ? [] : [[name, value] as const]
    })
    return { ...fields, ...Object.fromEntries(added) }
  })
  const headers = Object.fromEntries(request.headers)
  const { target, fields, origin, body } = request
  const { method } = plan
  const bytes = Uint8Array.from(body)
  const rendered = { method, url: origin + target, headers, bytes, fields }
  const signed = adapter.sign && own(adapter.sign)(rendered, opened)
  return {
    method,
    path: target,
    headers: { ...headers, ...signed },
    text: body.toString('utf8'),
    fields,
  }
}

/** An answer as the core hands it over. */
export function answerOf(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { status, headers, text, json: json(text) }
}

export function operation(adapter: Adapter, intent: Intent) {
  // Tests here ask for operations, not for callers' own requests.
  const found = adapter.operations[intent.operation as OperationName]
  if (!found) throw new Error(`no operation ${intent.operation}`)
  return found
}

/** The adapter's own function; throws where it names a scheme instead, or has none. */
export function own<F>(given: F): Extract<F, (...args: never[]) => unknown> {
  if (typeof given !== 'function') throw new Error('the adapter has no function of its own')
  // Just looked at.
  return given as Extract<F, (...args: never[]) => unknown>
}
