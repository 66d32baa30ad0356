/**
 * @module What a rule of the kit is, and how the trials of an adapter are run for one.
 */
import type { Complaint } from './finding.ts'
import type { Run, Subject, Trial } from './subject.ts'

type Found = readonly Complaint[]

export interface Rule {
  readonly name: string
  /** What holds for every adapter, as a sentence. */
  readonly asks: string
  /** About the object itself: where one is broken, nothing is run. */
  readonly first?: true
  check(subject: Subject): Found | Promise<Found>
}

/** A rule that looks at each run of each operation, by default and with every choice of the account. */
export async function eachRun(
  subject: Subject,
  look: (run: Run, trial: Trial) => Found | Promise<Found>,
): Promise<Found> {
  const found: Complaint[] = []
  for (const options of [{}, ...subject.choices]) {
    for (const trial of subject.working(options)) {
      const run = await subject.run(trial).catch(() => null)
      // One that fails is told by the rules `builds` and `options`.
      if (run) found.push(...(await look(run, trial)))
    }
  }
  return found
}

/** The same over plans alone. */
export function eachPlan(subject: Subject, look: (job: Run['job'], trial: Trial) => Found): Found {
  return [{}, ...subject.choices].flatMap((options) =>
    subject.working(options).flatMap((trial) => look(subject.plan(trial), trial)),
  )
}
