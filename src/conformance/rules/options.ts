/** @module Every choice that an account may make comes to a request too. */
import type { Rule } from '../rule.ts'
import type { Complaint } from '../finding.ts'
import { failures } from './builds.ts'

export const options: Rule = {
  name: 'options',
  asks: 'every operation works with every choice of every option',
  async check(subject) {
    const broken = new Set<string>()
    for (const trial of subject.trials()) {
      if ((await failures(subject, trial)).length > 0) broken.add(trial.operation)
    }
    const found: Complaint[] = []
    for (const choice of subject.choices) {
      const [name, value] = Object.entries(choice)[0] ?? []
      for (const trial of subject.trials(choice)) {
        if (broken.has(trial.operation)) continue
        const failed = await failures(subject, trial)
        found.push(
          ...failed.map((one) => ({ ...one, where: `${trial.operation} with ${name} ${value}` })),
        )
      }
    }
    return found
  },
}
