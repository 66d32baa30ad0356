/**
 * @module What the operator is told of a database that stopped answering while a command ran.
 */
import { OperatorError } from '../errors.ts'
import { InDoubt } from './in_doubt.ts'
import { Unanswered } from './primary_http.ts'

/** Says so of an error that has such a failure at its bottom, however it was wrapped; null of any other. */
export function unreachable(error: unknown): OperatorError | null {
  const causes = causesOf(error)
  const why = causes.find((one) => one instanceof Unanswered)?.message
  if (why === undefined) return null
  // The chain of causes is of our own making: its words are ours and the system's, and hold no value.
  const message = `the database cannot be reached: ${why}`
  return causes.some((one) => one instanceof InDoubt)
    ? new OperatorError(
        `${message}; whether the change was made is not known`,
        'run `pangate doctor`, and when the database answers again look for the change by `pangate audit list`',
      )
    : new OperatorError(
        message,
        'check [database] and that the server runs, then run `pangate doctor`',
      )
}

/** An error and what it was thrown for, down to the bottom. */
function causesOf(error: unknown): readonly unknown[] {
  const all: unknown[] = []
  for (let one = error; one instanceof Error && !all.includes(one); one = one.cause) all.push(one)
  return all
}
