/**
 * @module What the audit log is told of one deed: plain data, made into a row of the hash chain when it is written.
 */
import type { AuditAction } from './actions.ts'

/** Who does something, and in which request; null at the terminal and in work that the program does by itself. */
export interface Actor {
  /** The id of a key or a client, an outside subject, `cli:<user>`, or `pangate` for the program itself. */
  readonly actor: string
  readonly request_id: string | null
}

/** What a detail of a deed may be: names, ids, codes and numbers. */
export type AuditDetail = Readonly<
  Record<string, string | number | boolean | null | readonly string[]>
>

/** What was done to what. */
interface About {
  readonly tenant: string | null
  /** The id of what it was done to. */
  readonly subject: string | null
  readonly detail: AuditDetail
}

/** Who did what to what, and when. Holds no card value and no credential. */
export interface AuditEntry {
  readonly audit: Actor &
    About & {
      /** Milliseconds since 1970. */
      readonly at: number
      /** What was done, as `key.create`. */
      readonly action: string
    }
}

/** The program itself, for what nobody asked for. */
export const ITSELF: Actor = { actor: 'pangate', request_id: null }

/** The entry for one deed; `at` is in milliseconds since 1970. */
export function auditEntry(
  action: AuditAction,
  { actor, request_id }: Actor,
  at: number,
  { tenant = null, subject = null, detail = {} }: Partial<About> = {},
): AuditEntry {
  return { audit: { at, actor, action, tenant, subject, request_id, detail } }
}
