/**
 * @module Asks for shares of the master key: on the terminal, where they do not show, else line by line of standard input.
 */
import { OperatorError } from '../errors.ts'
import type { Ask } from '../custody/open_master.ts'
import type { Terminal } from './terminal.ts'

/** Never of the command line, where other users of the machine see it. */
export function askShare(terminal: Terminal, isTerminal = process.stdin.isTTY): Ask {
  if (isTerminal) return terminal.ask
  let lines: string[] | null = null
  return async (question) => {
    lines ??= (await terminal.input()).split('\n').filter((line) => line.trim() !== '')
    const line = lines.shift()
    if (line !== undefined) return line
    throw new OperatorError(
      `${question}: this is no terminal to ask on, and standard input has no further line`,
      'give one share a line on standard input',
      2,
    )
  }
}
