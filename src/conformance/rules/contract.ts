/** @module The adapter speaks the contract of this version. */
import { complaint } from '../finding.ts'
import type { Rule } from '../rule.ts'

/** The number in src/adapter.ts. */
const CONTRACT = 1

export const contract: Rule = {
  name: 'contract',
  asks: 'contract is the number of the contract it was written for',
  first: true,
  check: ({ adapter }) =>
    Object.is(adapter.contract, CONTRACT)
      ? []
      : [
          complaint(
            'contract',
            `contract is ${JSON.stringify(adapter.contract) ?? 'missing'}, and this version knows ${CONTRACT}`,
            `write contract: ${CONTRACT}, and see the types file for what changed`,
          ),
        ],
}
