/**
 * @module What the program itself does that the audit log tells of: starts, stops, and which adapters serve.
 */
import { createHash } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Store } from '../store/open.ts'
import { fault, type Fields, type Log } from '../telemetry/log.ts'
import { VERSION } from '../version.ts'
import type { AuditAction } from './actions.ts'
import { auditEntry, byItself } from './entry.ts'

/**
 * The start of the server, or its next configuration, with the version and a hash that is another where the configuration
 * is. Throws `storage_unavailable`.
 */
export async function auditStart(
  store: Store,
  config: object,
  now: number,
  action: 'serve.start' | 'serve.reload' = 'serve.start',
): Promise<void> {
  const sha256 = createHash('sha256').update(JSON.stringify(config, plain)).digest('hex')
  const detail = { version: VERSION, pid: process.pid, config_sha256: sha256 }
  await store.write(auditEntry(action, byItself(now), { detail }))
}

/** The stop of the server. One that cannot be written down stops all the same. */
export async function auditStop(store: Store, now: number, log: Log): Promise<void> {
  const detail = { version: VERSION, pid: process.pid }
  await store.write(auditEntry('serve.stop', byItself(now), { detail })).catch(unwritten(log))
}

/** Events of the log, and what they are to the audit log. */
const EVENTS: Readonly<Record<string, AuditAction>> = {
  'adapter.loaded': 'adapter.load',
  'adapter.reloaded': 'adapter.load',
  'adapter.removed': 'adapter.remove',
  'auth.failures': 'access.lock',
}

/** A log that writes to the audit log, too, which adapters serve, and which addresses are locked out. */
export function auditingLog(log: Log, store: Store, clock: Clock): Log {
  const told =
    (level: keyof Log) =>
    (event: string, fields: Fields = {}): void => {
      log[level](event, fields)
      const action = EVENTS[event]
      if (!action) return
      const { adapter, address, ...detail } = fields
      const subject = adapter ?? address ?? null
      store.write(auditEntry(action, byItself(clock()), { subject, detail })).catch(unwritten(log))
    }
  return { debug: told('debug'), info: told('info'), warn: told('warn'), error: told('error') }
}

const unwritten = (log: Log) => (error: unknown) => log.warn('audit.unwritten', fault(error))

/** Address ranges are whole numbers that JSON does not have. */
function plain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
