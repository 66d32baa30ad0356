/**
 * @module What is erased with a token, and the line that says so.
 */
import { eq, sql } from 'drizzle-orm'
import { auditEntry, type By } from '../audit/entry.ts'
import type { Store } from '../store/open.ts'
import { credentials, replies, tokens, tokenTerms } from '../store/schema.ts'
import type { Write } from '../store/write.ts'
import type { TokenRow } from './token.ts'

/** Erases a token: what it is found by, what it holds, answers that tell of it, and itself. */
export function erasure(
  { db }: Store,
  { id, tenant_id }: Pick<TokenRow, 'id' | 'tenant_id'>,
  by: By,
): readonly Write[] {
  return [
    db.delete(credentials).where(eq(credentials.token_id, id)),
    db.delete(tokenTerms).where(eq(tokenTerms.token_id, id)),
    db
      .delete(replies)
      .where(sql`exists (select 1 from json_each(${replies.token_ids}) where value = ${id})`),
    db.delete(tokens).where(eq(tokens.id, id)),
    auditEntry('token.erase', by, { tenant: tenant_id, subject: id }),
  ]
}
