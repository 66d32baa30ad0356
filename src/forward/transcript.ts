/**
 * @module The request with names in place of values: what is kept of it, and what a dry run shows.
 */
import type { Json, Signing } from '../adapter.ts'
import { maskCardNumbers } from '../card.ts'
import { escapeValue } from '../template/escape.ts'
import type { Job, Transcript } from './call.ts'
import { withFields, type Filled } from './encode.ts'
import type { Fill } from './fill.ts'
import { listOf, signatureOf } from './sign.ts'
import { writeText } from './write.ts'

/** Headers whose value is a credential, whoever wrote it. */
const SECRET_HEADER =
  /auth|cookie|credential|key|passw|secret|session|sign|token|\bpin\b|^x-.*-id$|^(gt|pt)-/i

/** Headers with one of those words in them that are none. */
const PLAIN_HEADER = /^(idempotency-key|x-request-id|content-type)$/i

/** Query parameters likewise. */
const SECRET_QUERY = /([?&][^=&]*(?:auth|key|passw|secret|sign|token)[^=&]*=)[^&]*/gi

/** Pure: the plan rendered with the labels of its holes; nothing of the vault is needed for it. */
export function transcript(job: Job): Transcript {
  const names: Fill = (hole) => hole.label
  const { method, target, headers, body } = writeText(job.plan, job.origin, names, (fields) =>
    withFields({ ...fields, ...namesOfAdded(job, fields) }, namesOfSigned(job)),
  )
  const readable = readableNames(job)
  return {
    method,
    url: shownUrl(job.origin + readable(target)),
    headers: Object.fromEntries(headers.map(([name, value]) => [name, shownHeader(name, value)])),
    body: maskCardNumbers(readable(body.toWellFormed())),
  }
}

/** What the adapter will add, by name: the values take secrets to compute, and names in their place tell which there are. */
function namesOfAdded({ account, call, intent }: Job, fields: Filled): Filled {
  const own = call.wants.kind === 'intent' ? (account?.adapter.fields ?? {}) : {}
  if (!account || !intent) return {}
  const names = Object.keys(account.adapter.credentials).map((name) => [
    name,
    `{{ credential.${name} }}`,
  ])
  const signing: Signing = { credentials: Object.fromEntries(names), intent }
  return Object.fromEntries(
    Object.entries(own)
      .filter(([, compute]) => isAdded(() => compute(fields, signing)))
      .map(([name]) => [name, `{{ fields.${name} }}`]),
  )
}

/** The fields that declared schemes write: signatures inside the body. */
function namesOfSigned(job: Job): Readonly<Record<string, string>> {
  const how = signatureOf(job)
  if (!how || typeof how === 'function') return {}
  return Object.fromEntries(
    listOf(how).flatMap(({ field }) =>
      typeof field === 'string' ? [[field, `{{ fields.${field} }}`]] : [],
    ),
  )
}

function isAdded(compute: () => Json | undefined): boolean {
  try {
    return compute() !== undefined
  } catch {
    // It takes the real values, so it adds something.
    return true
  }
}

/** A URL as it may be shown: without secrets in its query and without card numbers. */
export function shownUrl(url: string): string {
  return maskCardNumbers(url.replace(SECRET_QUERY, '$1[secret]'))
}

/** A header's value as it may be shown: `[secret]` where it is a credential, and without card numbers. */
export function shownHeader(name: string, value: string): string {
  return SECRET_HEADER.test(name) && !PLAIN_HEADER.test(name) && !isNames(value)
    ? '[secret]'
    : maskCardNumbers(value)
}

/** Names are escaped where they stand as values would be; here they are read by people. */
function readableNames({ holes }: Job): (text: string) => string {
  return (text) => {
    // Every escape has one of these in it.
    if (!/[%&+]/.test(text)) return text
    let read = text
    for (const [spelling, label] of spellingsOf(holes)) read = read.replaceAll(spelling, label)
    return read
  }
}

function spellingsOf(holes: Job['holes']): ReadonlyMap<string, string> {
  const places = ['form', 'path', 'xml-attribute'] as const
  return new Map(
    holes.flatMap(({ label }) =>
      places.map((place) => [escapeValue(label, place, label), label] as const),
    ),
  )
}

/** Made of a scheme word and placeholders alone, so there is nothing of the caller's in it. */
function isNames(value: string): boolean {
  return /^(\w+ )?\{\{ [^{}]+ \}\}$/.test(value)
}
