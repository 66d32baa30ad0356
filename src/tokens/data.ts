/**
 * @module Opens tokens as whole values of JSON, for masks, changes and reading in the clear.
 */
import type { Json } from '../adapter.ts'
import type { Purpose } from '../audit/receipt.ts'
import type { Caller } from '../auth/caller.ts'
import { withCvc } from '../vault/data.ts'
import type { TokenRow } from '../vault/token.ts'
import type { Stores } from './store.ts'

/** The data of one token; with its security code where `cvc` asks for it and it is still kept. */
export type DataOf = (row: TokenRow) => Json

/** Runs `use` in the vault's scope, which is written down: the values are gone when it ends. */
export async function withData<T>(
  { vault, sessions }: Stores,
  caller: Caller,
  rows: readonly TokenRow[],
  { cvc, purpose }: { readonly cvc: boolean; readonly purpose: Purpose },
  use: (dataOf: DataOf) => Promise<T> | T,
): Promise<T> {
  const codes = new Map<string, string>()
  for (const { id, type } of cvc ? rows : []) {
    const code = type === 'card' ? await sessions.readValue(id, 'card.cvc') : null
    if (code) codes.set(id, code.reveal())
  }
  const instruments = new Set(['data'] as const)
  const wanted = rows.map((row) => ({ name: row.id, row, instruments }))
  try {
    return await vault.openFor(purpose, caller, wanted, async (values) =>
      use(({ id }) => withCvc(values.get(id)?.data?.value ?? null, codes.get(id) ?? null)),
    )
  } finally {
    codes.clear()
  }
}
