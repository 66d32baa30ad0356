/** @module What is no answer of the PSP is never taken for a payment or a decline. */
import type { Json } from '../../adapter.ts'
import { json } from '../../forward/parse.ts'
import { complaint, words, type Complaint } from '../finding.ts'
import { textOf, type AnswerFixture } from '../fixture.ts'
import { isRow } from '../intents.ts'
import { answerOf, type Subject } from '../subject.ts'
import type { Rule } from '../rule.ts'

const HTML = '<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1>approved success</body></html>'

/** Bodies of proxies, of broken servers, and of nobody. */
const BODIES: readonly (readonly [what: string, text: string])[] = [
  ['an HTML page', HTML],
  ['an empty body', ''],
  ['null', 'null'],
  ['true', 'true'],
  ['0', '0'],
  ['an empty list', '[]'],
  ['a list', '[{"status":"approved","id":"1"}]'],
  ['an empty object', '{}'],
  ['a text', '"approved"'],
  ['an XML document that is cut off', '<?xml version="1.0"?><response><status>approved'],
  ['words', 'approved=true&status=success'],
]

const STATUSES = [200, 201, 204, 302, 400, 401, 403, 404, 429, 500, 502, 503, 504]

const FIX =
  "end parse with { kind: 'unrecognised', reason, psp }, and say approved or declined only for a status you know"

export const unknownAnswers: Rule = {
  name: 'unknown_answers',
  asks: 'an error page, an empty or cut off answer, null or a list is refused or unrecognised, never approved or declined',
  check: (subject) =>
    subject.operations.flatMap(([operation]) => {
      const plain = STATUSES.flatMap((status) =>
        BODIES.map(([what, text]) => ({ what: `${what} with status ${status}`, status, text })),
      )
      const fixtures = subject.fixtures.answers.filter((one) => one.operation === operation)
      return [
        ...plain.flatMap(({ what, status, text }) => {
          const fixture = { name: '', operation, status, text, outcome: null }
          return judged(subject, fixture, what)
        }),
        ...fixtures.flatMap((fixture) => {
          const text = textOf(fixture)
          const kept = { ...fixture, body: null, headers: fixture.headers ?? {} }
          return [
            ...[1, Math.ceil(text.length / 2)].flatMap((cut) =>
              text.length < 8
                ? []
                : judged(
                    subject,
                    { ...kept, text: text.slice(0, -cut) },
                    `${fixture.name} cut off`,
                  ),
            ),
            ...judged(subject, { ...kept, text: `[${text}]` }, `${fixture.name} in a list`),
            ...strange(fixture).flatMap((other) =>
              judged(
                subject,
                { ...kept, text: JSON.stringify(other) },
                `${fixture.name} with no value that is known but the reference`,
              ),
            ),
          ]
        }),
      ].slice(0, 3)
    }),
}

/** The answer with nothing known in it but the reference: other words in all other places, and no other places. */
function strange({ body, text, outcome }: AnswerFixture): readonly Json[] {
  const value = text === undefined ? body : json(text)
  if (!isRow(value)) return []
  const reference = isRow(outcome) ? outcome['reference'] : null
  const keep = (leaf: Json): boolean => typeof reference === 'string' && String(leaf) === reference
  // A row of JSON, whose members are JSON.
  return [others(value as Json, keep), only(value as Json, keep) ?? {}]
}

function others(value: Json, keep: (leaf: Json) => boolean): Json {
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value)
      ? value.map((one: Json) => others(one, keep))
      : Object.fromEntries(Object.entries(value).map(([name, one]) => [name, others(one, keep)]))
  }
  if (keep(value)) return value
  return typeof value === 'string' ? 'unheard-of' : typeof value === 'number' ? 987_654 : null
}

function only(value: Json, keep: (leaf: Json) => boolean): Json | undefined {
  if (typeof value !== 'object' || value === null) return keep(value) ? value : undefined
  if (Array.isArray(value)) return undefined
  const kept = Object.entries(value).flatMap(([name, one]) => {
    const inner = only(one, keep)
    return inner === undefined ? [] : [[name, inner] as const]
  })
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}

function judged(subject: Subject, fixture: AnswerFixture, what: string): readonly Complaint[] {
  const { operation } = fixture
  try {
    const { kind } = subject.outcome(fixture)
    if (kind === 'refused' || kind === 'unrecognised') return []
    return [complaint(operation, `${what} is taken for ${kind}`, FIX)]
  } catch (error) {
    const fix = 'take no member for granted: an answer may be anything'
    return [complaint(operation, `${what} makes parse fail: ${words(error)}`, fix)]
  }
}

/** The answers of every kind that the rules on outcomes look at. */
export function outcomesOf(subject: Subject) {
  const plain: readonly AnswerFixture[] = subject.operations.flatMap(([operation]) =>
    BODIES.flatMap(([what, text]) =>
      [200, 401, 502].map((status) => ({
        name: `${what} (${status})`,
        operation,
        status,
        text,
        outcome: null,
      })),
    ),
  )
  return [...subject.fixtures.answers, ...plain].flatMap((fixture) => {
    try {
      const outcome: unknown = subject.outcome(fixture)
      const { name, status, headers, operation } = fixture
      return [{ name, operation, outcome, answer: answerOf(status, fixture, headers) }]
    } catch {
      // The rules `answers` and `unknown_answers` tell of it.
      return []
    }
  })
}
