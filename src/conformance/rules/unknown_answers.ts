/** @module What is no answer of the PSP is never taken for a payment or a decline. */
import { complaint, words, type Complaint } from '../finding.ts'
import { textOf, type AnswerFixture } from '../fixture.ts'
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
          ]
        }),
      ].slice(0, 3)
    }),
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
