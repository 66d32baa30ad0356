/**
 * @module What a check of `pangate doctor` finds.
 */
import { GatewayError, OperatorError } from '../errors.ts'
import { unreachable } from '../store/unreachable.ts'
import { fault } from '../telemetry/log.ts'

export interface Finding {
  /** `fatal`: it would not run. `note`: nothing is wrong, but something is still to be done. */
  readonly level: 'ok' | 'note' | 'warning' | 'fatal'
  readonly check: string
  readonly message: string
  readonly next: string | null
}

/** A finding. */
export function finding(
  level: Finding['level'],
  check: string,
  message: string,
  next: string | null = null,
): Finding {
  return { level, check, message, next }
}

/** What stopped a check, as a fatal finding. */
export function refused(check: string, thrown: unknown): Finding {
  const error = unreachable(thrown) ?? thrown
  if (error instanceof OperatorError) return finding('fatal', check, error.message, error.next)
  if (error instanceof GatewayError) return finding('fatal', check, error.message, error.hint)
  return finding('fatal', check, `a fault: ${fault(error).fault ?? ''}`, 'report it')
}
