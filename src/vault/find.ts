/**
 * @module Finds a token by its own id or by the alias that its owner gave it.
 */
import { and, eq, sql } from 'drizzle-orm'
import { GatewayError } from '../errors.ts'
import { preparedRead } from '../store/database.ts'
import type { Store } from '../store/open.ts'
import { tokens } from '../store/schema.ts'
import type { Owner, TokenRow } from './token.ts'

/** What an own id looks like; an alias may not. */
const OWN_ID = /^tok_[0-9a-z]{26}$/

/** Whether an id is of the form that is given here. */
export function isOwnId(id: string): boolean {
  return OWN_ID.test(id)
}

interface Named extends Owner {
  readonly id: string
}

/** A token of its owner's, by what names it. */
const tokenBy = (column: typeof tokens.id | typeof tokens.alias) =>
  preparedRead<Named, typeof tokens>(
    tokens,
    and(
      eq(column, sql.placeholder('id')),
      eq(tokens.tenant_id, sql.placeholder('tenant')),
      eq(tokens.test, sql.param(sql.placeholder('test'), tokens.test)),
    ),
  )
const byId = tokenBy(tokens.id)
const byAlias = tokenBy(tokens.alias)

/** The sealed row. Throws `token_unknown`, for another's token too. */
export async function findRow(
  { db }: Pick<Store, 'db'>,
  owner: Owner,
  id: string,
): Promise<TokenRow> {
  const { tenant, test } = owner
  const query = isOwnId(id) ? byId : byAlias
  const found = await query.get(db, { tenant, test, id })
  if (found) return found
  // Looked up for every unknown one, so that time does not tell.
  const others = db.select({ id: tokens.id }).from(tokens).where(eq(tokens.id, id))
  throw unknownToken(await others.get())
}

/** Of another's the audit log is told, the caller is not. */
export function unknownToken(others?: { readonly id: string }): GatewayError {
  const about = others && { about: others.id }
  return new GatewayError('token_unknown', 'There is no such token.', { param: 'token', ...about })
}
