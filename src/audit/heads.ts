/**
 * @module Where every chain in a database stands, and which of them are named by others.
 */
import { sql } from 'drizzle-orm'
import type { Store } from '../store/open.ts'
import { headText, parseHead, type Head } from './line.ts'

/** From one chain to the next through the index, because a chain may have millions of lines. */
const CHAINS = sql`with recursive chains(chain) as (
  select min(chain) from audit
  union all
  select (select min(chain) from audit where chain > chains.chain) from chains
  where chains.chain is not null
)`

/** The last line of every chain. */
export async function headsOf(store: Store): Promise<readonly Head[]> {
  return store.db
    .select({ chain: sql<string>`chain`, seq: sql<number>`seq`, hash: sql<string>`hash` })
    .from(
      sql`(${CHAINS}
        select audit.chain as chain, audit.seq as seq, lower(hex(audit.hash)) as hash
        from chains join audit on audit.chain = chains.chain
        where audit.seq = (select max(seq) from audit where chain = chains.chain))`,
    )
}

/** A head that the first line of another chain names. */
export interface Named {
  readonly head: Head
  readonly by: string
}

/** All heads that first lines name. */
export async function namedHeads(store: Store): Promise<readonly Named[]> {
  const rows = await store.db
    .select({ chain: sql<string>`chain`, detail: sql<string>`detail` })
    .from(
      sql`(${CHAINS}
      select audit.chain as chain, cast(audit.detail as text) as detail
      from chains join audit on audit.chain = chains.chain where audit.seq = 1)`,
    )
  return rows.flatMap(({ chain, detail }) =>
    headsIn(detail).map((head): Named => ({ head, by: chain })),
  )
}

/** What a new chain has to name: where the others stand, but for those that are named as they stand. */
export async function unnamedHeads(store: Store): Promise<readonly Head[]> {
  const named = new Set((await namedHeads(store)).map(({ head }) => headText(head)))
  return (await headsOf(store)).filter((head) => !named.has(headText(head)))
}

/** Whoever changed a line may have left no JSON. */
function headsIn(detail: string): readonly Head[] {
  try {
    const value: unknown = JSON.parse(detail)
    const heads = typeof value === 'object' && value !== null && 'heads' in value ? value.heads : []
    return Array.isArray(heads) ? heads.flatMap((text) => parseHead(String(text)) ?? []) : []
  } catch (error) {
    if (error instanceof SyntaxError) return []
    throw error
  }
}
