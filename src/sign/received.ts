/**
 * @module Webhooks of described signatures: where the signature and the time stand, and the message they are over.
 */
import type { Json } from '../adapter.ts'
import { GatewayError } from '../errors.ts'
import { INPUT_NAMES } from './codec.ts'
import { exactJson } from './exact_json.ts'
import { fault } from './fault.ts'
import { at as valueAt } from './join.ts'
import { type Message, message } from './message.ts'
import {
  type Values,
  choice,
  credentials,
  isRecord,
  optional,
  seconds,
  text,
} from './parameters.ts'
import { headerOf, pairsOf, percentDecoded } from './request.ts'
import type { SignRequest, Verdict } from './types.ts'
import { type WebhookInput, byAnySecret, items, refused, staleness } from './webhook.ts'

/** Parameters that all described webhooks share. */
export const RECEIVED = {
  secret: credentials(
    'The credential that is the secret, or several while it is changed.',
    'webhook_secret',
  ),
  message: message(
    'What is signed: a template, which also knows {timestamp}, {random} and {secret}, or how fields are joined.',
    ['timestamp', 'secret', 'random'],
  ),
  encoding: choice('How the signature is written.', INPUT_NAMES, 'hex'),
  header: optional(text('The header that carries the signature; or give field.')),
  field: optional(text('The field of the body that carries it.')),
  form_in: optional(
    text(
      'The field of a JSON body that is itself a form, and holds all fields that are named here.',
    ),
  ),
  part: optional(text('Its name, where the header is a list such as t=..,v1=..')),
  random_part: optional(
    text('The name of a random value in that list, which the message knows as {random}.'),
  ),
  prefix: text('What stands before it, such as sha512=', ''),
  timestamp_header: optional(text('The header that carries the time, in seconds.')),
  timestamp_part: optional(text('Its name, where it is in the list of the signature.')),
  timestamp_field: optional(text('The field of the body that carries the time.')),
  tolerance: seconds('How many seconds the time may differ from now.', 300),
}

type Received = Values<typeof RECEIVED>

/** Finds the signatures and the time, puts the message together, and asks `holds` about each signature. */
export function verifyReceived(
  scheme: string,
  values: Received,
  input: WebhookInput,
  holds: (secret: string, message: Buffer, signature: string) => boolean,
): Verdict {
  if ((values.header === undefined) === (values.field === undefined)) {
    throw fault({ scheme, param: 'header' }, 'or field is wanted, and not both')
  }
  const request = { ...input.request, fields: fieldsFor(input.request, values) }
  const signatures = signaturesOf(request, values)
  if (signatures.length === 0) return refused('the signature is missing')
  const time = timeOf(request, values)
  const timed = [values.timestamp_header, values.timestamp_part, values.timestamp_field]
  if (timed.some((given) => given !== undefined)) {
    const stale = staleness(time, input.now, values.tolerance)
    if (stale !== null) return refused(stale)
  }
  return byAnySecret(values.secret, input, scheme, (secret) => {
    const more = {
      timestamp: time ?? '',
      random: itemOf(request, values, values.random_part) ?? '',
      secret,
    }
    const signed = bytesOf(values.message, { ...input, request }, more)
    return signed !== null && signatures.map((one) => holds(secret, signed, one)).includes(true)
  })
}

/** Null where the message cannot be put together from what was received: a header or field is not there. */
function bytesOf(
  message: Message,
  input: WebhookInput,
  more: Readonly<Record<string, string>>,
): Buffer | null {
  const { request, secrets: credentials, now } = input
  try {
    return message.bytes({ request, credentials, moment: { now, nonce: '' }, more })
  } catch (error) {
    if (error instanceof GatewayError) return null
    throw error
  }
}

function fieldsFor(request: SignRequest, { form_in }: Received): Readonly<Record<string, Json>> {
  const fields = request.fields ?? fieldsOf(request)
  if (form_in === undefined) return fields
  const form = valueAt(fields, form_in)
  return typeof form === 'string' ? formFields(form) : {}
}

function signaturesOf(request: SignRequest, { header, field, part, prefix }: Received) {
  const whole =
    header === undefined ? valueAt(request.fields, field ?? '') : headerOf(request, header)
  if (typeof whole !== 'string') return []
  const found =
    part === undefined
      ? [whole]
      : items(whole).flatMap(([name, value]) => (name === part ? [value] : []))
  return found.flatMap((text) => (text.startsWith(prefix) ? [text.slice(prefix.length)] : []))
}

function timeOf(request: SignRequest, values: Received): string | undefined {
  const { timestamp_header, timestamp_part, timestamp_field } = values
  if (timestamp_header !== undefined) return headerOf(request, timestamp_header)
  if (timestamp_field !== undefined) {
    const value = valueAt(request.fields, timestamp_field)
    return typeof value === 'string' ? value : undefined
  }
  return timestamp_part === undefined ? undefined : itemOf(request, values, timestamp_part)
}

/** An item of the list that the signature's header is. */
function itemOf(request: SignRequest, { header }: Received, part?: string): string | undefined {
  const list = header === undefined ? undefined : headerOf(request, header)
  return items(list ?? '').find(([name]) => name === part)?.[1]
}

/** How JSON and XML begin, and no form does. */
const NO_FORM = /^\s*[{[<]/

/**
 * The fields of a JSON or form body, numbers in their own spelling; none for any other body. Which of the two it is its own first
 * character says: a reader of forms, or of JSON, must not find in it what was not signed, whatever content type a stranger gave it.
 */
export function fieldsOf(request: SignRequest): Readonly<Record<string, Json>> {
  const body = Buffer.from(request.bytes).toString('utf8')
  if (!NO_FORM.test(body)) {
    const type = headerOf(request, 'content-type')?.toLowerCase()
    return type?.startsWith('application/x-www-form-urlencoded') === true ? formFields(body) : {}
  }
  try {
    const json = exactJson(body)
    // A record that came out of JSON holds JSON.
    return isRecord(json) ? (json as Readonly<Record<string, Json>>) : {}
  } catch {
    // Not JSON: no fields.
    return {}
  }
}

function formFields(text: string): Readonly<Record<string, Json>> {
  if (NO_FORM.test(text)) return {}
  const decode = (part: string) => percentDecoded(part.replaceAll('+', ' '))
  return Object.fromEntries(pairsOf(text).map(([name, value]) => [decode(name), decode(value)]))
}
