/** @module An adapter that verifies answers refuses those that are not the PSP's. */
import type { Adapter } from '../../adapter.ts'
import { genuineness } from '../../forward/genuine.ts'
import { complaint, type Complaint } from '../finding.ts'
import { textOf, type AnswerFixture } from '../fixture.ts'
import { isRow } from '../intents.ts'
import type { Rule } from '../rule.ts'
import { answerCheckOf } from '../../sign/answer.ts'
import { answerOf, type Subject } from '../subject.ts'
import { tampered } from '../tampered.ts'

export const signedAnswers: Rule = {
  name: 'signed_answers',
  asks: 'verify takes recorded genuine answers, and refuses changed ones and those under another secret',
  check(subject) {
    const { adapter, fixtures } = subject
    if (!adapter.verify) return []
    const told = fixtures.answers.filter(({ genuine }) => genuine !== undefined)
    const wrong = told.flatMap((fixture): readonly Complaint[] => {
      const says = verified(subject, fixture)
      if (says === fixture.genuine) return []
      const fix = 'mend verify, or the file: credentials in it are those it is signed with'
      return [complaint(fixture.name, `verify says ${says}, the file ${fixture.genuine}`, fix)]
    })
    if (wrong.length > 0) return wrong
    const genuine = told.filter((fixture) => fixture.genuine === true)
    const proof = genuine.filter((fixture) => refusesOthers(subject, fixture))
    if (proof.length > 0) return []
    const message =
      genuine.length === 0
        ? 'there is no recorded genuine answer, so nothing shows that verify works'
        : 'verify takes genuine answers, and takes them with other values or under another secret too'
    const fix =
      'record one with "genuine": true and the "credentials" it is signed with, and compare the signature with crypto.equal'
    return [complaint('verify', message, fix)]
  },
}

/** Most signatures cover the answer alone. */
const NOT_TOLD = { method: 'POST', url: '' }

/** What verify says; a failure is a no, as in the core. */
function verified(
  subject: Subject,
  fixture: AnswerFixture,
  text = textOf(fixture),
  credentials = credentialsOf(subject, fixture),
): boolean {
  const { operation, status, headers, options, intent, now, asked } = fixture
  const more = { ...intent, ...(now !== undefined && { now }) }
  const check = subject.adapter.verify
  if (!check) return false
  const given = { credentials, intent: subject.intent(operation, options, more) }
  const says = genuineness(check, answerOf(status, text, headers), given, asked ?? NOT_TOLD)
  return says === 'genuine'
}

function credentialsOf(subject: Subject, { credentials }: AnswerFixture) {
  return { ...subject.credentials, ...credentials }
}

function refusesOthers(subject: Subject, fixture: AnswerFixture): boolean {
  const [all = ''] = tampered(textOf(fixture))
  if (verified(subject, fixture, all)) return false
  const credentials = credentialsOf(subject, fixture)
  const others = otherSecrets(subject.adapter, subject.adapter.verify, credentials)
  return !verified(subject, fixture, textOf(fixture), others)
}

/** The credentials with other secrets of the same length; for a check by public keys alone, with other keys. */
export function otherSecrets(
  { credentials: declared }: Adapter,
  check: unknown,
  credentials: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const { scheme = null, ...parameters } = isRow(check) ? check : {}
  const asked =
    typeof scheme === 'string' ? answerCheckOf(scheme).prepare(parameters).credentials : []
  const isSecret = (name: string): boolean => declared[name]?.secret === true
  const byKeys = asked.length > 0 && !asked.some(isSecret)
  return Object.fromEntries(
    Object.entries(credentials).map(([name, value]) => [
      name,
      (byKeys ? asked.includes(name) : isSecret(name)) ? other(value) : value,
    ]),
  )
}

function other(secret: string): string {
  return [...secret].map((one) => (one === 'a' ? 'b' : 'a')).join('')
}
