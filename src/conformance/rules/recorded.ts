/** @module There is something to check each operation's reading by. */
import { complaint } from '../finding.ts'
import { isRow } from '../intents.ts'
import type { Rule } from '../rule.ts'

/** Outcomes of an operation that worked. */
const WORKED = ['approved', 'pending', 'action_required']

export const recorded: Rule = {
  name: 'recorded',
  asks: 'every operation has a recorded answer of success, and purchase one of a decline',
  check: ({ operations, fixtures }) =>
    operations.flatMap(([operation, { needs }]) => {
      const kinds = fixtures.answers
        .filter((fixture) => fixture.operation === operation)
        .map(({ outcome }) => (isRow(outcome) ? outcome['kind'] : null))
      const fix = (kind: string): string =>
        `copy one from the PSP's documentation into ${operation}.${kind}.json: {"status", "headers", "body", "outcome"}`
      return [
        ...(kinds.some((kind) => WORKED.includes(String(kind)))
          ? []
          : [complaint(operation, 'there is no recorded answer of success', fix('approved'))]),
        ...(operation !== 'purchase' || !needs.includes('card') || kinds.includes('declined')
          ? []
          : [complaint(operation, 'there is no recorded answer of a decline', fix('declined'))]),
      ]
    }),
}
