/** @module Nothing of a card or a secret is kept and comes out elsewhere: in a later plan, a complaint, an outcome, an acknowledgement. */
import { findNumber } from '../../forward/find_number.ts'
import { findText } from '../../forward/find_text.ts'
import type { Finder } from '../../forward/finder.ts'
import { answerOf, type Subject, type Trial } from '../subject.ts'
import { complaint, words, type Complaint } from '../finding.ts'
import { randomCard, randomCredentials, type Card, type Credentials } from '../made_up.ts'
import type { Rule } from '../rule.ts'

/** Cards and sets of credentials that are sent before it is asked what was kept. */
const TIMES = 4
/** Shorter values occur by chance. */
const LEAST = 8

const FIX = 'keep nothing between calls: no variable outside of the functions that is written to'

export const remembers: Rule = {
  name: 'remembers',
  asks: 'no card and no secret that went through it is found in anything it says later',
  async check(subject) {
    const [before, again] = [said(subject), said(subject)]
    const poison: Finder[] = []
    for (let turn = 0; turn < TIMES; turn++) {
      const card = randomCard(turn)
      const credentials = randomCredentials(subject.adapter, subject.fixtures.sample.credentials)
      poison.push(...findersOf(subject, card, credentials))
      for (const trial of subject.working()) await use(subject, trial, card, credentials)
    }
    poison.push(...findersOf(subject, subject.card, subject.credentials))
    return said(subject).flatMap(([where, text], at): readonly Complaint[] => {
      if (poison.some((find) => find(text).length > 0)) {
        return [complaint(where, 'it holds a value of a card or a secret', FIX)]
      }
      // What is never the same twice is told by the rule `pure`.
      if (text === before[at]?.[1] || before[at]?.[1] !== again[at]?.[1]) return []
      return [complaint(where, 'it is another one after cards went through the adapter', FIX)]
    })
  },
}

/** Lets the adapter see a card and secrets, wherever it may. */
async function use(
  subject: Subject,
  trial: Trial,
  card: Card,
  credentials: Credentials,
): Promise<void> {
  const run = await subject.run(trial, { card, credentials }).catch(() => null)
  if (!run?.opened.signing) return
  try {
    const { verify } = subject.adapter
    // A scheme is the host's, which keeps nothing.
    if (typeof verify === 'function') verify(answerOf(200, '{}'), run.opened.signing)
  } catch {
    // The core takes that for no; here it is asked only what is kept of it.
    return
  }
}

function findersOf(subject: Subject, card: Card, credentials: Credentials): readonly Finder[] {
  const { sample } = subject.fixtures
  const secrets = Object.entries(credentials).filter(
    ([name, value]) =>
      subject.adapter.credentials[name]?.secret &&
      value.length >= LEAST &&
      sample.credentials?.[name] === undefined,
  )
  return [
    findNumber(card.number),
    findText(card.holder),
    ...secrets.map(([, value]) => findText(value)),
  ]
}

type Said = readonly (readonly [where: string, text: string])[]

/** All that an adapter says outside of the vault's scope. */
function said(subject: Subject): Said {
  const { adapter, fixtures } = subject
  const plans = subject.working().flatMap((trial) => {
    const job = subject.plan(trial)
    const { operation } = trial
    return [
      [`${operation}: the plan`, subject.written(job)],
      [`${operation}: the record`, JSON.stringify(subject.transcript(job))],
      [
        `${operation}: complaints of check`,
        text(() => adapter.operations[operation]?.check?.(subject.intent(operation))),
      ],
      [
        `${operation}: the outcome of an unknown answer`,
        text(() =>
          adapter.operations[operation]?.parse(answerOf(200, '{}'), subject.intent(operation)),
        ),
      ],
    ] as const
  })
  const outcomes = fixtures.answers.map(({ name, operation, status, headers, ...rest }) => {
    const answer = answerOf(status, { name, ...rest }, headers)
    const intent = subject.intent(operation, rest.options)
    return [name, text(() => adapter.operations[operation]?.parse(answer, intent))] as const
  })
  return [...plans, ...outcomes]
}

function text(say: () => unknown): string {
  try {
    return JSON.stringify(say()) ?? ''
  } catch (error) {
    return words(error)
  }
}
