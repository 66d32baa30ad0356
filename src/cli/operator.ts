/**
 * @module The operator at the terminal, as the audit log names who does something.
 */
import { userInfo } from 'node:os'
import type { By } from '../audit/entry.ts'

/** The operator now: `cli:` and the user's name at this machine. */
export function byOperator(): By {
  return { actor: `cli:${userName()}`, request_id: null, at: Date.now() }
}

/** A number in a container may have no name. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}
