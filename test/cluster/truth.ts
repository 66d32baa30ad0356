/**
 * @module What merchants were told and what is recorded, held against what arrived at the PSP.
 */
import type { Arrival } from './psp.ts'
import type { Attempt, Ledger } from './ledger.ts'
import { member, parsed } from './client.ts'
import { DEADLINE_MS, NAMES, type World } from './world.ts'

/** How many tokens are looked up at every node. */
const LOOKUPS = 100
const ABREAST = 8
/** What a deadline of a record has beyond that of its forward. */
const GRACE_MS = 6000
/** So often it is looked, a tenth of a second apart, whether the replica has what the primary has: a machine may be slow. */
const CATCH_UP_TRIES = 600

type Arrivals = ReadonlyMap<string, readonly Arrival[]>

/** What is not true of what merchants were told so far. Attempts that are under way are not looked at. */
export function answersAgainst(arrivals: Arrivals, ledger: Ledger): readonly string[] {
  const wrong = [...ledger.violations]
  const byOp = Map.groupBy(ledger.attempts, ({ op }) => op)
  for (const [op, came] of arrivals) {
    if (came.length > 1) wrong.push(`${op}: sent ${came.length} times`)
    if (ledger.forbidden.has(op)) wrong.push(`${op}: sent with a token that was erased long before`)
  }
  for (const [session, ops] of Map.groupBy(arrivals.keys(), sessionOf)) {
    if (session !== '' && ops.length > 1)
      wrong.push(`${session}: a code was used ${ops.length} times`)
  }
  for (const [op, attempts] of byOp) {
    if (ledger.running.has(op)) continue
    const came = arrivals.get(op) ?? []
    const [{ last4 = '' } = {}] = attempts
    const said = (what: string): string =>
      `${op}: ${what}, ${came.length} arrived: ${told(attempts)}`
    if (came.some((one) => one.last4 !== last4)) wrong.push(said('another card'))
    const approved = attempts.filter(({ status }) => status === 200)
    if (approved.length > 0 && came.length === 0) wrong.push(said('acknowledged'))
    if (new Set(approved.map(({ id }) => id)).size > 1) wrong.push(said('two answers'))
    if (attempts.some(({ sent }) => sent === 'yes') && came.length === 0)
      wrong.push(said('told as sent'))
    if (attempts.every(isNotSent) && came.length > 0) wrong.push(said('told as not sent'))
  }
  return wrong
}

/** What the payments have in common that share a security code. */
function sessionOf(op: string): string {
  return op.includes('.') ? op.replace(/\..*$/, '') : ''
}

/** Whether this attempt by itself is told as not sent; of one under a key that is taken, another attempt knows. */
function isNotSent({ sent, code }: Attempt): boolean {
  return sent === 'no' && !code.startsWith('idempotency')
}

const told = (attempts: readonly Attempt[]): string =>
  attempts.map(({ status, code, sent }) => `${status} ${code} ${sent}`).join('; ')

/** What is not true of the records, once nothing runs any more. */
export async function recordsAgainst(
  world: World,
  arrivals: Arrivals,
  ledger: Ledger,
): Promise<{
  readonly wrong: readonly string[]
  readonly states: Readonly<Record<string, number>>
}> {
  await settled(world)
  const wrong: string[] = []
  const rows = await world.primary.query('select id, state, idempotency_key from forwards')
  const opOf = new Map(
    ledger.attempts.filter(({ status }) => status === 200).map(({ id, op }) => [id, op]),
  )
  const states: Record<string, number> = {}
  const recorded = new Map<string, string[]>()
  const at = world.at('b')
  await forAll([...rows], async (row) => {
    const [id, key] = [String(row['id']), row['idempotency_key']]
    const state = row['state'] === 'sending' ? 'unknown' : String(row['state'])
    states[state] = (states[state] ?? 0) + 1
    const op = typeof key === 'string' ? key : (opOf.get(id) ?? (await opByRecord(id)))
    recorded.set(op, [...(recorded.get(op) ?? []), state])
  })
  async function opByRecord(id: string): Promise<string> {
    const { text } = await at('GET', `/v1/forwards/${id}`)
    const url = String(member(member(parsed(text), 'request'), 'url') ?? text)
    return url.replace(/^.*\/pay\//, '')
  }
  for (const [op, all] of recorded) {
    const came = arrivals.get(op)?.length ?? 0
    const done = all.filter((state) => state === 'done').length
    const open = all.filter((state) => state === 'unknown').length
    const isTrue = done <= came && came <= done + open
    if (!isTrue) wrong.push(`${op}: recorded as ${all.join(', ')}, ${came} arrived`)
  }
  for (const op of arrivals.keys()) {
    if (!recorded.has(op)) wrong.push(`${op}: arrived without a record`)
  }
  const known = new Set(rows.map((row) => String(row['id'])))
  for (const { op, id, status } of ledger.attempts) {
    if (status === 200 && !known.has(id))
      wrong.push(`${op}: acknowledged as ${id}, which is not recorded`)
  }
  return { wrong, states }
}

/** Waits until no forward is under way any more by its record. */
async function settled({ primary }: World): Promise<void> {
  const until = Date.now() + DEADLINE_MS + GRACE_MS
  const sql = "select count(*) as n from forwards where state = 'sending' and deadline_at > ?"
  while (Date.now() < until) {
    const [row] = await primary.query(sql, [Date.now()])
    if (Number(row?.['n']) === 0) return
    await Bun.sleep(100)
  }
}

/** What is lost of tokens that were acknowledged: looked for at the primary, and some of them at every node. */
export async function tokensAgainst(world: World, ledger: Ledger): Promise<readonly string[]> {
  const wrong: string[] = []
  const rows = await world.primary.query('select id from tokens')
  const there = new Set(rows.map((row) => String(row['id'])))
  for (const id of ledger.tokens.keys())
    if (!there.has(id)) wrong.push(`${id}: acknowledged, and lost`)
  const newest = [...ledger.tokens].slice(-LOOKUPS)
  for (const name of NAMES) {
    const at = world.at(name)
    await forAll(newest, async ([id, last4]) => {
      const { status, text } = await at('GET', `/v1/tokens/${id}`)
      const shown = member(member(parsed(text), 'card'), 'last4')
      if (status !== 200 || shown !== last4) wrong.push(`${id}: ${status} at ${name}`)
    })
  }
  return wrong
}

/** What the database, its replica and the audit log say of themselves. */
export async function stateOf({ primary, replica, shop }: World): Promise<readonly string[]> {
  const wrong: string[] = []
  const [whole] = await primary.query('pragma integrity_check')
  const answer = String(Object.values(whole ?? {})[0])
  if (answer !== 'ok') wrong.push(`the primary: ${answer}`)
  await shop.command('audit', 'verify').catch((error: unknown) => wrong.push(String(error)))
  for (const table of ['tokens', 'forwards', 'audit']) {
    const sql = `select count(*) as n, max(rowid) as last from ${table}`
    if (!(await agree(primary, replica, sql))) wrong.push(`the replica differs in ${table}`)
  }
  return wrong
}

/** Whether the replica gets to what the primary has, which may grow meanwhile. */
async function agree(
  primary: World['primary'],
  replica: World['replica'],
  sql: string,
): Promise<boolean> {
  const [wanted] = await primary.query(sql)
  for (let tries = 0; tries < CATCH_UP_TRIES; tries++) {
    const [found] = await replica.query(sql).catch(() => [])
    if (Number(found?.['last'] ?? -1) >= Number(wanted?.['last'])) return true
    await Bun.sleep(100)
  }
  return false
}

/** Runs for all, a few at a time. */
async function forAll<T>(list: readonly T[], run: (one: T) => Promise<void>): Promise<void> {
  const rest = list.values()
  const lane = async (): Promise<void> => {
    for (const one of rest) await run(one)
  }
  await Promise.all(Array.from({ length: ABREAST }, lane))
}
