/**
 * @module One line of the audit log, and the hash that ties it to the line before.
 */
import { createHmac } from 'node:crypto'

/** A line as it stands in the database. */
export interface Line {
  /** The chain: one for each process that writes. */
  readonly chain: string
  /** From 1, without a gap. */
  readonly seq: number
  readonly at: number
  readonly actor: string
  readonly action: string
  readonly tenant: string | null
  readonly subject: string | null
  readonly request_id: string | null
  /** JSON, in exactly these characters. */
  readonly detail: string
}

/** Where a chain stands: its last line. */
export interface Head {
  readonly chain: string
  readonly seq: number
  /** In hexadecimal. */
  readonly hash: string
}

/** What stands before the first line of a chain. */
export const BEGINNING = Buffer.alloc(32)

/**
 * HMAC-SHA-256 over the hash before and every field of the line. Fields are preceded by whether they are there and by their
 * length in bytes, so that no two lines give the same bytes.
 */
export function hashOf(key: Buffer, before: Uint8Array, line: Line): Buffer {
  // As one text: each update costs more than what it hashes.
  let text = ''
  for (const field of fieldsOf(line)) {
    text += field === null ? '-:' : `${Buffer.byteLength(String(field))}:${field}`
  }
  return createHmac('sha256', key).update(before).update(text).digest()
}

/** The fields in the order of the table's columns; the hash comes behind them. */
export function fieldsOf(line: Line): readonly (string | number | null)[] {
  const { chain, seq, at, actor, action, tenant, subject, request_id, detail } = line
  return [chain, seq, at, actor, action, tenant, subject, request_id, detail]
}

/** A head as it is logged, named in a chain's first line, and given to `pangate audit verify`: `chain:seq:hash`. */
export function headText({ chain, seq, hash }: Head): string {
  return `${chain}:${seq}:${hash}`
}

/** The opposite of {@link headText}; null for anything else. */
export function parseHead(text: string): Head | null {
  const match = /^([a-z0-9_]+):([1-9][0-9]{0,15}):([0-9a-f]{64})$/.exec(text)
  const [, chain, seq, hash] = match ?? []
  return chain && seq && hash ? { chain, seq: Number(seq), hash } : null
}
