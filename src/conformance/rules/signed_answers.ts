/** @module An adapter that verifies answers refuses those that are not the PSP's. */
import { genuineness } from '../../forward/genuine.ts'
import { complaint, type Complaint } from '../finding.ts'
import { textOf, type AnswerFixture } from '../fixture.ts'
import type { Rule } from '../rule.ts'
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
  const credentials = Object.entries(credentialsOf(subject, fixture)).map(([name, value]) => [
    name,
    subject.adapter.credentials[name]?.secret ? otherSecret(value) : value,
  ])
  return !verified(subject, fixture, textOf(fixture), Object.fromEntries(credentials))
}

/** A secret of the same length. */
export function otherSecret(secret: string): string {
  return [...secret].map((one) => (one === 'a' ? 'b' : 'a')).join('')
}
