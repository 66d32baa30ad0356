/**
 * @module What the conformance kit finds wrong: where, in plain words, and what to do.
 */

export interface Finding {
  /** The rule that is broken, of the table in rules.ts. */
  readonly rule: string
  /** An operation, a fixture or a part of the adapter. */
  readonly where: string
  readonly message: string
  readonly fix: string
}

/** A finding of a rule that has yet to be named: each rule knows only what it looks at. */
export type Complaint = Omit<Finding, 'rule'>

/** A complaint. `fix` says what to do about it. */
export function complaint(where: string, message: string, fix: string): Complaint {
  return { where, message, fix }
}

/** What an error says, for people. */
export function words(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : 'no reason given'
}

/** The first of each `where` and message: one mistake shows in many trials. */
export function distinct(complaints: readonly Complaint[]): readonly Complaint[] {
  const seen = new Map(complaints.map((one) => [`${one.where}\n${one.message}`, one]))
  return [...seen.values()]
}
