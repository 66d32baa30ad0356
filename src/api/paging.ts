/**
 * @module Lists in pages: `limit` and `cursor` in, `data` and `next_cursor` out.
 */
export interface Paging {
  readonly limit: number
  readonly cursor: string | null
}

const DEFAULT = 20
const MOST = 100

/** The page a URL asks for. */
export function pagingOf(url: URL): Paging {
  const limit = Number(url.searchParams.get('limit') ?? DEFAULT)
  return { limit: Math.min(limit, MOST), cursor: url.searchParams.get('cursor') }
}

/** One page, given one row more than it holds, so that it is known whether there is a next one. */
export function pageOf<T extends { readonly id: string }, V>(
  rows: readonly T[],
  { limit }: Paging,
  view: (row: T) => V,
): { data: V[]; next_cursor: string | null } {
  const shown = rows.slice(0, limit)
  return {
    data: shown.map(view),
    next_cursor: rows.length > limit ? (shown.at(-1)?.id ?? null) : null,
  }
}
