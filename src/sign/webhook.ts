/**
 * @module What a webhook check is: parameters that a document gives, and a function from a request to a verdict.
 */
import { type ParameterSet, type Values, readParameters } from './parameters.ts'
import { secretText } from './secrets.ts'
import type { Credentials, SignRequest, Verdict } from './types.ts'

/** All that a check sees. */
export interface WebhookInput {
  readonly request: SignRequest
  readonly secrets: Credentials
  /** Seconds since 1970. */
  readonly now: number
}

interface Definition<P extends ParameterSet> {
  readonly name: string
  readonly about: string
  /** The vendor's page or the specification. */
  readonly source: string
  readonly parameters: P
  /** Gives a verdict on whatever was received; throws only for an account or a document that is wrong. */
  readonly verify: (values: Values<P>, input: WebhookInput) => Verdict
}

/** A check with its parameters read. */
export interface PreparedWebhook {
  readonly credentials: readonly string[]
  readonly verify: (input: WebhookInput) => Verdict
}

export interface Webhook extends Omit<Definition<ParameterSet>, 'verify'> {
  /** Reads parameters. Throws one error that names all that is wrong with them. */
  readonly prepare: (parameters: unknown) => PreparedWebhook
}

/** Makes a check of its definition. */
export function defineWebhook<const P extends ParameterSet>(definition: Definition<P>): Webhook {
  const { name, about, source, parameters, verify } = definition
  const prepare = (given: unknown): PreparedWebhook => {
    const wanted = new Set<string>()
    const values = readParameters(parameters, given, name, (credential) => wanted.add(credential))
    return { credentials: [...wanted], verify: (input) => verify(values, input) }
  }
  return Object.freeze({ name, about, source, parameters, prepare })
}

const GENUINE: Verdict = Object.freeze({ ok: true })

export function refused(reason: string): Verdict {
  return { ok: false, reason }
}

/** Genuine where one of the secrets says so; all are tried, so that the time does not tell which. */
export function byAnySecret(
  names: readonly string[],
  { secrets }: WebhookInput,
  scheme: string,
  holds: (secret: string) => boolean,
): Verdict {
  const results = names.map((name) => holds(secretText(secrets, name, { scheme, param: 'secret' })))
  return results.includes(true) ? GENUINE : refused('the signature does not match')
}

/** Why a time in seconds is not acceptable, or null. Both sides of now: a time from the future is no better. */
export function staleness(time: string | undefined, now: number, tolerance: number): string | null {
  if (time === undefined || !/^\d{1,12}$/.test(time)) return 'the timestamp is missing or no number'
  if (Math.abs(now - Number(time)) <= tolerance) return null
  return `the timestamp is more than ${tolerance} seconds from now`
}

/** The items of `t=1,v1=ab,v1=cd`, in order. */
export function items(header: string): readonly (readonly [name: string, value: string])[] {
  return header.split(',').map((item) => {
    const at = item.indexOf('=')
    return [item.slice(0, Math.max(at, 0)).trim(), item.slice(at + 1).trim()]
  })
}
