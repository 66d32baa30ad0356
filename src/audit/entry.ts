/**
 * @module What the audit log is told of one deed: plain data, made into a row of the hash chain when it is written.
 */

/** Who did what to what, and when. Holds no card value and no credential. */
export interface AuditEntry {
  readonly audit: {
    /** Milliseconds since 1970. */
    readonly at: number
    /** Who did it: the id of a key, a client, or the operator at the terminal. */
    readonly actor: string
    /** What was done, as `token.created`. */
    readonly action: string
    readonly tenant: string | null
    /** The id of what it was done to. */
    readonly subject: string | null
    readonly request_id: string | null
    readonly detail: Readonly<Record<string, string | number | boolean | null>>
  }
}
