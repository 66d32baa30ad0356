/**
 * @module Makes lines of audit entries, each tied by its hash to the one before: a chain for each process that writes.
 */
import { newId } from '../id.ts'
import type { Chain, Statement, Value } from '../store/write.ts'
import { auditEntry, byItself, type AuditEntry } from './entry.ts'
import { BEGINNING, fieldsOf, hashOf, headText, type Head, type Line } from './line.ts'

/** A chain that tells where it stands. */
export interface AuditChain extends Chain {
  /** The last line that is durable; null where there is none yet. */
  head(): Head | null
}

interface State {
  readonly chain: string
  readonly seq: number
  readonly hash: Buffer
}

const COLUMNS = 'chain, seq, at, actor, action, tenant, subject, request_id, detail, hash'
const ROW = `(${COLUMNS.replace(/\w+/g, '?')})`
const INSERT = `insert into audit (${COLUMNS}) values ${ROW}`
/** Longer ones are nobody's id; what is cut off is not hashed either. */
const LONGEST = 300

/**
 * A chain under the key. Its first line names the heads that were found, so that a chain that goes missing is missed by
 * the next. Writes nothing until there is something to tell.
 */
export function openChain(key: Buffer, found: readonly Head[], now: () => number): AuditChain {
  let named = found
  const fresh = (): State => ({ chain: newId('chn', now()), seq: 0, hash: BEGINNING })
  let written = fresh()
  let next = written

  function row({ audit }: AuditEntry): readonly Value[] {
    const line: Line = {
      chain: next.chain,
      seq: next.seq + 1,
      at: audit.at,
      actor: plain(audit.actor),
      action: plain(audit.action),
      tenant: orNull(audit.tenant),
      subject: orNull(audit.subject),
      request_id: orNull(audit.request_id),
      // Escapes control characters and lone surrogates by itself.
      detail: JSON.stringify(audit.detail),
    }
    const hash = hashOf(key, next.hash, line)
    next = { chain: line.chain, seq: line.seq, hash }
    return [...fieldsOf(line), hash]
  }

  const headOf = ({ chain, seq, hash }: State): Head | null =>
    seq === 0 ? null : { chain, seq, hash: hash.toString('hex') }

  return {
    append(entry): Statement {
      if (next.seq > 0) return { sql: INSERT, params: row(entry) }
      const detail = { heads: named.map(headText) }
      const first = row(auditEntry('chain.start', byItself(now()), { detail }))
      return { sql: `${INSERT}, ${ROW}`, params: [...first, ...row(entry)] }
    },
    committed() {
      written = next
    },
    rolledBack() {
      next = written
    },
    inDoubt() {
      // Lines that may be there cannot be written again or built upon: another chain goes on from what is known to be there.
      const head = headOf(written)
      if (head) named = [head]
      written = next = fresh()
    },
    head: () => headOf(written),
  }
}

const orNull = (text: string | null): string | null => (text === null ? null : plain(text))

/** Text that a database gives back exactly: without control characters and halves of characters. */
function plain(text: string): string {
  return text
    .slice(0, LONGEST)
    .toWellFormed()
    .replace(/\p{Cc}/gu, '\u{fffd}')
}
