/**
 * @module What the vault is opened for, as the audit log tells it: the forward, its tokens, its account, where it goes.
 */
import type { Opening } from '../audit/receipt.ts'
import { byCaller } from '../auth/caller.ts'
import type { Job } from './call.ts'
import type { Core } from './core.ts'

export function openingOf(core: Core, job: Job): Opening {
  const { caller, dry_run } = job.call
  return {
    purpose: dry_run ? 'dry_run' : 'forward',
    by: byCaller(caller, core.clock()),
    tenant: caller.tenant,
    tokens: job.wanted.map(({ row }) => row.id),
    account: job.account?.id ?? null,
    forward: job.id,
    host: job.place.host,
  }
}
