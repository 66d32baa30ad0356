/** @module The session step fetches what plans name, without a card, and takes no other answer for a session. */
import { isDeepStrictEqual } from 'node:util'
import { holesOf } from '../../forward/holes.ts'
import { complaint, words, type Complaint } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { answerOf, type Subject } from '../subject.ts'

export const session: Rule = {
  name: 'session',
  asks: 'a session step sends no card, gives what plans name, and gives nothing for an unknown answer',
  check(subject) {
    const [trial] = subject.working()
    const { session: step } = subject.adapter
    if (!step || !trial) return []
    return [...plan(subject), ...unknown(subject), ...recorded(subject)]
  },
}

function plan(subject: Subject): readonly Complaint[] {
  const used = namesInPlans(subject)
  const found: Complaint[] = []
  if (used.size === 0) {
    found.push(complaint('session', 'no plan has a value of the session', "use session('token')"))
  }
  for (const { operation, options } of subject.working()) {
    try {
      const made = subject.adapter.session?.plan(subject.intent(operation, options))
      const holes = made ? holesOf(made) : []
      for (const { source, label } of holes) {
        if (source.from === 'credential') continue
        if (source.from === 'base64' || source.from === 'text') continue
        const fix = 'a session is fetched before the vault is opened: send credentials alone'
        found.push(complaint('session', `its plan has ${label}`, fix))
      }
    } catch (error) {
      found.push(
        complaint('session', `plan fails: ${words(error)}`, 'it has an intent and no more'),
      )
    }
  }
  return found
}

function unknown(subject: Subject): readonly Complaint[] {
  const bodies = ['', 'null', '[]', '{}', '<html></html>', '{"error":"no"}', '"token"']
  return bodies.flatMap((text) =>
    [200, 401, 500].flatMap((status): readonly Complaint[] => {
      try {
        if (subject.adapter.session?.parse(answerOf(status, text)) === null) return []
      } catch {
        // The core takes that for no session.
        return []
      }
      const message = `the answer ${JSON.stringify(text)} with status ${status} is taken for a session`
      return [complaint('session', message, 'give null where there is no token in the answer')]
    }),
  )
}

function recorded(subject: Subject): readonly Complaint[] {
  const { fixtures, adapter } = subject
  const used = namesInPlans(subject)
  const fix =
    'record one as session.NAME.json: {"status", "body", "session": {"values", "seconds"}}'
  if (!fixtures.sessions.some(({ session: wanted }) => wanted !== null)) {
    return [complaint('session', 'there is no recorded answer of success', fix)]
  }
  return fixtures.sessions.flatMap((fixture): readonly Complaint[] => {
    const { name, status, headers, session: wanted } = fixture
    try {
      const given = adapter.session?.parse(answerOf(status, fixture, headers)) ?? null
      if (!isDeepStrictEqual(given, wanted)) {
        return [complaint(name, `parse gives ${JSON.stringify(given)}`, 'mend parse, or the file')]
      }
      const lacks = [...used].filter((one) => given && !Object.hasOwn(given.values, one))
      return lacks.map((one) =>
        complaint(
          name,
          `plans use session('${one}'), which parse does not give`,
          'give it in values',
        ),
      )
    } catch (error) {
      return [complaint(name, `parse fails: ${words(error)}`, 'mend parse, or the file')]
    }
  })
}

function namesInPlans(subject: Subject): ReadonlySet<string> {
  const all = [{}, ...subject.choices].flatMap((options) => subject.working(options))
  return new Set(
    all.flatMap((trial) =>
      subject
        .plan(trial)
        .holes.flatMap(({ source }) => (source.from === 'session' ? [source.name] : [])),
    ),
  )
}
