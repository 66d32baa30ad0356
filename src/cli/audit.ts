/**
 * @module `pangate audit`: reads the audit log, and checks that nothing of it was changed.
 */
import { auditEntry } from '../audit/entry.ts'
import { headText, parseHead, type Head } from '../audit/line.ts'
import { linesInOrder, newestLines, type Filter, type Row } from '../audit/read.ts'
import { verifyAudit } from '../audit/verify.ts'
import type { Store } from '../store/open.ts'
import { tenantNamed } from '../store/tenants.ts'
import { auditKey } from '../vault/audit_chain.ts'
import type { Input } from './command.ts'
import { withInstallation } from './installation.ts'
import { byOperator } from './operator.ts'
import { columns } from './print.ts'
import type { Terminal } from './terminal.ts'

const DEFAULT_LIMIT = 50

/** `pangate audit list`: the last lines, the newest at the bottom. */
export function list(input: Input, terminal: Terminal): Promise<number> {
  const limit = input.integer('limit', 1, 1_000_000) ?? DEFAULT_LIMIT
  return withInstallation(input, terminal, async ({ store }) => {
    const filter = await filterOf(input, store)
    const rows = (await newestLines(store, filter, limit, null)).toReversed()
    if (input.flag('json')) for (const row of rows) terminal.out(JSON.stringify(view(row)))
    else terminal.out(columns(rows.map(shown), 'There is no line that fits.'))
    return 0
  })
}

/** `pangate audit export`: every line as JSON, the oldest first. */
export function exportLines(input: Input, terminal: Terminal): Promise<number> {
  return withInstallation(input, terminal, async ({ store }) => {
    for await (const row of linesInOrder(store, await filterOf(input, store))) {
      terminal.out(JSON.stringify(view(row)))
    }
    return 0
  })
}

/** `pangate audit verify`: status 1 where anything was found. Shows no line, and leaves none. */
export function verify(input: Input, terminal: Terminal): Promise<number> {
  const known = input.list('head').map((text): Head => {
    const head = parseHead(text)
    if (head) return head
    throw input.refuse('--head must be chain:number:hash, as `audit.head` in the log has it')
  })
  return withInstallation(input, terminal, async ({ store, keyring }) => {
    const { lines, heads, found } = await verifyAudit(store, auditKey(keyring), known)
    const ok = found.length === 0
    if (input.flag('json')) {
      terminal.out(JSON.stringify({ ok, chains: heads.length, lines, found, heads }))
    } else {
      for (const one of found) terminal.out(one)
      terminal.out(`${ok ? 'ok' : 'not ok'}: ${lines} lines in ${heads.length} chains`)
      if (ok) for (const head of heads) terminal.out(`  ${headText(head)}`)
      else terminal.err('  next: see "When a line does not fit" in docs/operate.md')
    }
    return ok ? 0 : 1
  })
}

/** What the options ask for. Whoever reads the log stands in it. */
async function filterOf(input: Input, store: Store): Promise<Filter> {
  const since = input.text('since')
  const at = since === undefined ? null : Date.parse(since)
  if (Number.isNaN(at)) throw input.refuse('--since must be a date or time, as 2026-05-01')
  const named = input.text('tenant')
  const tenant = named === undefined ? null : (await tenantNamed(store, named)).id
  const action = input.text('action') ?? null
  await store.write(auditEntry('audit.read', byOperator(), { tenant }))
  return { tenant, action, since: at }
}

function view({ chain, seq, at, detail, hash, ...rest }: Row) {
  const { actor, action, tenant, subject, request_id } = rest
  const time = timeOf(at)
  return { chain, seq, at: time, actor, action, tenant, subject, request_id, ...more(detail), hash }
}

function shown({ at, actor, action, tenant, subject, detail }: Row) {
  return { at: timeOf(at), actor, action, tenant, subject, detail: detail.slice(0, 120) }
}

/** Lines are shown also where somebody has changed them. */
function timeOf(at: number): string {
  const time = new Date(at)
  return Number.isNaN(time.getTime()) ? String(at) : time.toISOString()
}

function more(detail: string): { readonly detail: unknown } {
  try {
    return { detail: JSON.parse(detail) }
  } catch {
    return { detail }
  }
}
