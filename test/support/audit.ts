/**
 * @module What stands in the audit log of an installation, read from its file beside the running program.
 */
import { Database } from 'bun:sqlite'
import { join } from 'node:path'

export interface AuditLine {
  readonly chain: string
  readonly seq: number
  readonly actor: string
  readonly action: string
  readonly tenant: string | null
  readonly subject: string | null
  readonly request_id: string | null
  /** JSON. */
  readonly detail: string
}

/** Where `pangate init` puts the database. */
export const databaseOf = (dir: string): string => join(dir, 'data', 'pangate.db')

/** All lines, the oldest first. */
export function auditLines(path: string): readonly AuditLine[] {
  const db = new Database(path, { readonly: true })
  try {
    return db
      .query<AuditLine, []>(
        'select chain, seq, actor, action, tenant, subject, request_id, detail from audit order by rowid',
      )
      .all()
  } finally {
    db.close()
  }
}

/** The lines of one request, by the id that its answer has. */
export function linesOf(path: string, request_id: string | null): readonly AuditLine[] {
  return auditLines(path).filter((line) => line.request_id === request_id)
}
