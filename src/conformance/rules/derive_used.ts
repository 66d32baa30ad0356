/** @module Code that sees a card is there because a plan uses what it computes. */
import { complaint } from '../finding.ts'
import { eachPlan, type Rule } from '../rule.ts'

export const deriveUsed: Rule = {
  name: 'derive_used',
  asks: 'each function of derive is used by some operation',
  check(subject) {
    const used = new Set<string>()
    // An operation that fails may be the one that uses it; the rule `builds` tells of it.
    if (subject.working().length < subject.operations.length) return []
    eachPlan(subject, ({ holes }) => {
      for (const { source } of holes) if (source.from === 'derived') used.add(source.name)
      return []
    })
    return Object.keys(subject.adapter.derive ?? {})
      .filter((name) => !used.has(name))
      .map((name) =>
        complaint(
          `derive.${name}`,
          'no plan has it, so it sees a card for nothing',
          `put derived('${name}') into a plan, or take it out of derive`,
        ),
      )
  },
}
