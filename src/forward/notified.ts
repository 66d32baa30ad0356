/**
 * @module Credentials opened for a PSP's messages: one line of the audit log stands for a minute of them.
 */
import { byItself } from '../audit/entry.ts'
import { Receipt } from '../audit/receipt.ts'
import type { AccountRow } from '../store/accounts.ts'
import type { Core } from './core.ts'

/** Anybody may send messages, and none may fill the log with them. */
const STANDS_MS = 60_000

interface Standing {
  readonly receipt: Promise<Receipt>
  readonly until: number
}

const standing = new WeakMap<Core, Map<string, Standing>>()

/** The receipt to open an account's credentials with. Throws `storage_unavailable`. */
export async function receiptFor(core: Core, account: AccountRow): Promise<Receipt> {
  const receipts = standing.get(core) ?? new Map<string, Standing>()
  standing.set(core, receipts)
  const now = core.clock()
  const known = receipts.get(account.id)
  if (known && known.until > now) return known.receipt
  const receipt = written(core, account, now)
  receipts.set(account.id, { receipt, until: now + STANDS_MS })
  try {
    return await receipt
  } catch (error) {
    receipts.delete(account.id)
    throw error
  }
}

async function written({ store }: Core, { id, tenant_id }: AccountRow, now: number) {
  const { receipt } = await Receipt.write(store, {
    purpose: 'notification',
    by: byItself(now),
    tenant: tenant_id,
    tokens: [],
    account: id,
  })
  return receipt
}
