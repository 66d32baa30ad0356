/**
 * @module What the audit log is told of one deed: plain data, made into a row of the hash chain when it is written.
 */
import type { AuditAction } from './actions.ts'

/** Who does something, when, and in which request. */
export interface By {
  /** The id of a key or a client, an outside subject, `cli:<user>`, or `pangate` for the program itself. */
  readonly actor: string
  /** Null at the terminal, and in what the program does by itself. */
  readonly request_id: string | null
  /** Milliseconds since 1970. */
  readonly at: number
}

/** What was done to what. */
export interface About {
  readonly tenant: string | null
  /** The id of what it was done to. */
  readonly subject: string | null
  /** Names, ids, codes and numbers. */
  readonly detail: Readonly<Record<string, string | number | boolean | null | readonly string[]>>
}

/** Who did what to what, and when. Holds no card value and no credential. */
export interface AuditEntry {
  readonly audit: By &
    About & {
      /** What was done, as `key.create`. */
      readonly action: string
    }
}

/** The entry for one deed. */
export function auditEntry(
  action: AuditAction,
  { actor, request_id, at }: By,
  { tenant = null, subject = null, detail = {} }: Partial<About> = {},
): AuditEntry {
  return { audit: { at, actor, action, tenant, subject, request_id, detail } }
}

/** The program itself, for what nobody asked for. */
export function byItself(at: number): By {
  return { actor: 'pangate', request_id: null, at }
}
