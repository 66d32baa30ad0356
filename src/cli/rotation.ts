/**
 * @module What both rotations have in common at the terminal: how long servers are given, progress, and the audit log.
 */
import type { AuditAction } from '../audit/actions.ts'
import { auditEntry } from '../audit/entry.ts'
import type { RotationRun } from '../vault/rotate_master.ts'
import type { Input } from './command.ts'
import { byOperator } from './operator.ts'
import { WAIT_SECONDS } from './rotation_options.ts'
import type { Terminal } from './terminal.ts'

/** Runs a rotation that tells of itself on standard error, and of its first and last step in the audit log. */
export function rotationRun(
  input: Input,
  { err }: Terminal,
  action: Extract<AuditAction, 'master_key.rotate' | 'data_key.rotate'>,
  what: string,
): RotationRun {
  return {
    wait_ms: (input.integer('wait', 0, 86_400) ?? WAIT_SECONDS) * 1000,
    clock: Date.now,
    async sleep(ms) {
      if (ms >= 1000) err(`${what}: ${Math.ceil(ms / 1000)} s, so that every server knows`)
      await Bun.sleep(ms)
    },
    progress(done, total) {
      err(`${what}: ${done}${total > 0 ? ` of ${total}` : ''}`)
    },
    audit: (step, { tenant, ...detail }) => [
      auditEntry(action, byOperator(), {
        tenant: tenant === undefined ? null : String(tenant),
        detail: { step, ...detail },
      }),
    ],
  }
}
