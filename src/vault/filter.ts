/**
 * @module Which tokens are meant: conditions that combine, and the SQL that finds them.
 */
import { and, eq, gte, inArray, isNull, lt, not, or, sql, type SQL } from 'drizzle-orm'
import { tokens, tokenTerms } from '../store/schema.ts'
import type { TokenType } from './token.ts'

/** From the first to before the second, in milliseconds since 1970; null has no end. */
export interface Range {
  readonly from: number | null
  readonly to: number | null
}

export type TokenFilter =
  /** Own ids or aliases. */
  | { readonly ids: readonly string[] }
  | { readonly type: TokenType }
  | { readonly fingerprint: string }
  /** Not past its expiry at this time. */
  | { readonly alive: number }
  | { readonly created: Range }
  /** An attribute by its name: a text, or null where there is none. */
  | { readonly attribute: string; readonly is: string | null }
  /** An attribute that is a list: one of its texts is this, or begins so. */
  | { readonly attribute: string; readonly holds: string; readonly below: boolean }
  /** An attribute that is a time in milliseconds. */
  | { readonly attribute: string; readonly within: Range }
  | { readonly metadata: string; readonly is: string; readonly anyCase: boolean }
  /** A value the token was to be found by. */
  | { readonly term: string }
  | { readonly all: readonly TokenFilter[] }
  | { readonly any: readonly TokenFilter[] }
  | { readonly not: TokenFilter }

/** The condition. `digest` makes of a value what stands in the table of terms. */
export function conditionOf(filter: TokenFilter, digest: (term: string) => string): SQL {
  const each = (parts: readonly TokenFilter[]): SQL[] =>
    parts.map((one) => conditionOf(one, digest))
  if ('ids' in filter) {
    const ids = [...filter.ids]
    return or(inArray(tokens.id, ids), inArray(tokens.alias, ids)) ?? NEVER
  }
  if ('type' in filter) return eq(tokens.type, filter.type)
  if ('fingerprint' in filter) return eq(tokens.fingerprint, filter.fingerprint)
  if ('alive' in filter) {
    return or(isNull(tokens.expires_at), sql`${tokens.expires_at} > ${filter.alive}`) ?? NEVER
  }
  if ('created' in filter) return inRange(sql`${tokens.created_at}`, filter.created)
  if ('metadata' in filter) {
    const { metadata, is, anyCase } = filter
    const same = anyCase ? sql`value = ${is} collate nocase` : sql`value = ${is}`
    return sql`exists (select 1 from json_each(${tokens.metadata}) where key = ${metadata} and ${same})`
  }
  if ('term' in filter) {
    const term = digest(filter.term)
    return sql`exists (select 1 from ${tokenTerms} where ${tokenTerms.tenant_id} = ${tokens.tenant_id}
      and ${tokenTerms.term} = ${term} and ${tokenTerms.token_id} = ${tokens.id})`
  }
  if ('all' in filter) return and(...each(filter.all)) ?? ALWAYS
  if ('any' in filter) return or(...each(filter.any)) ?? NEVER
  if ('not' in filter) {
    // What is unknown about a token is not so: null counts as false.
    return not(sql`coalesce(${conditionOf(filter.not, digest)}, 0)`)
  }
  const path = `$.${filter.attribute}`
  const value = sql`json_extract(${tokens.attributes}, ${path})`
  if ('is' in filter) return filter.is === null ? sql`${value} is null` : eq(value, filter.is)
  if ('within' in filter) return inRange(value, filter.within)
  const { holds, below } = filter
  const found = below
    ? sql`substr(value, 1, ${[...holds].length}) = ${holds}`
    : sql`value = ${holds}`
  return sql`exists (select 1 from json_each(${tokens.attributes}, ${path}) where ${found})`
}

const ALWAYS = sql`1`
const NEVER = sql`0`

function inRange(value: SQL, { from, to }: Range): SQL {
  return (
    and(
      from === null ? undefined : gte(value, from),
      to === null ? undefined : lt(value, to),
      sql`${value} is not null`,
    ) ?? ALWAYS
  )
}
