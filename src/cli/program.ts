/**
 * @module Runs one command: finds it, and turns whatever goes wrong into a message, the next command to type, and a status.
 */
import { GatewayError, OperatorError } from '../errors.ts'
import { unreachable } from '../store/unreachable.ts'
import { COMMANDS } from './commands.ts'
import { faultText, onFault } from './faults.ts'
import { helpOf } from './help.ts'
import { parse } from './parse.ts'
import { openTerminal, type Terminal } from './terminal.ts'
import { WORKER_COMMAND } from './worker_command.ts'

/** Runs the program. Gives its exit status: 0, 1 where it failed, 2 where it was called wrongly. */
export async function runProgram(argv: readonly string[], env: Terminal['env']): Promise<number> {
  // Whatever it writes, databases and keys first of all, is for this user alone.
  process.umask(0o077)
  const terminal = openTerminal(env)
  onFault((_, error) => {
    terminal.err(faultText(error))
    process.exit(1)
  })
  try {
    const parsed = parse([...COMMANDS, WORKER_COMMAND], argv)
    if (parsed.kind === 'run') return await parsed.command.run(parsed.input, terminal)
    terminal.out(helpOf(COMMANDS, parsed.path))
    return 0
  } catch (error) {
    return report(error, terminal)
  }
}

function report(thrown: unknown, { err }: Terminal): number {
  const error = unreachable(thrown) ?? thrown
  if (error instanceof OperatorError) return tell(error.message, error.next, error.exitStatus)
  if (error instanceof GatewayError) {
    const isUsage = error.code === 'invalid_request'
    return tell(error.message.replace(/\.$/, ''), error.hint, isUsage ? 2 : 1)
  }
  err(faultText(error))
  return 1

  function tell(message: string, next: string, status: number): number {
    for (const line of message.split('\n')) err(`pangate: ${line}`)
    err(`  next: ${next}`)
    return status
  }
}
