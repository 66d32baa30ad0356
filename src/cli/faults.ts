/**
 * @module Errors that nobody caught: told by their class and place, never by their words, which may hold anything.
 */
import { fault } from '../telemetry/log.ts'

export type FaultKind = 'uncaughtException' | 'unhandledRejection'

/** Decides what becomes of such errors from now on, in place of what was decided before. */
export function onFault(act: (kind: FaultKind, error: unknown) => void): void {
  const kinds: readonly FaultKind[] = ['uncaughtException', 'unhandledRejection']
  for (const kind of kinds) {
    process.removeAllListeners(kind)
    process.on(kind, (error: unknown) => act(kind, error))
  }
}

/** Has warnings of the runtime told to `tell`, in place of printed: their words may hold anything, as those of errors. */
export function onWarning(tell: (warning: Error) => void): void {
  process.removeAllListeners('warning')
  process.on('warning', tell)
}

/** What the operator reads of a fault of ours. */
export function faultText(error: unknown): string {
  const { fault: name = 'unknown', at = [] } = fault(error)
  return [
    `pangate: a fault of ours: ${name}`,
    ...at.map((place) => `    ${place}`),
    '  next: pangate doctor; if that finds nothing, report these lines with `pangate version`',
  ].join('\n')
}
