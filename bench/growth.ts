/**
 * @module Growth: `bun bench/growth.ts [--short] [--kept FOLDER] [--fill]`. Look-up, forward and insert among 10 thousand, a
 * million and 10 million tokens, in turn; how fast tokens are put in, and what one takes in the file. Databases are kept in a
 * folder where one is named, and used again; `--fill` makes them and measures nothing.
 */
import { existsSync, mkdirSync, readFileSync, statSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fill, openDatabase } from './support/fill.ts'
import { need } from './support/machine.ts'
import { FILL, KEPT, SHORT, sized } from './support/options.ts'
import {
  databaseOf,
  install,
  installedBefore,
  serve,
  type Pangate,
  type Site,
} from './support/pangate.ts'
import { report, short, table } from './support/report.ts'
import { nativeShot, TURN, tryShot, type Shot } from './support/shots.ts'
import { median } from './support/stats.ts'
import { startUpstream } from './support/upstream.ts'
import { saturate } from './support/wrk.ts'

const SIZES = SHORT ? [1_000, 10_000, 50_000] : [10_000, 1_000_000, 10_000_000]
const ROUNDS = sized(5, 2)
const SECONDS = sized(6, 1)
const LOOKUPS = sized(50_000, 2_000)
/** Tokens that requests take turns with. */
const SAMPLE = sized(20_000, 500)
/** A token and its share of the indexes take less; the journal beside the file takes as much again while it is folded. */
const BYTES_EACH = 2_500

interface Filled {
  readonly site: Site
  readonly ids: readonly string[]
  readonly fillSeconds: number
  readonly bytes: number
}

interface Grown extends Filled {
  readonly size: number
  readonly lookups: number[]
  readonly forwards: number[]
  readonly inserts: number[]
}

need('nginx', 'wrk', 'taskset')
const upstream = await startUpstream()
if (KEPT !== null) mkdirSync(KEPT, { recursive: true })
const grown: Grown[] = []
const skipped: string[] = []
for (const size of SIZES) {
  const before = keptBefore(size)
  const { bavail, bsize } = statfsSync(KEPT ?? tmpdir())
  if (!before && bavail * bsize < size * BYTES_EACH) {
    skipped.push(`${short(size)} tokens: the disk has no room for them`)
    continue
  }
  const filled = before ?? (await filledNow(size))
  grown.push({ size, ...filled, lookups: [], forwards: [], inserts: [] })
  console.error(`${size} tokens in ${filled.fillSeconds.toFixed(0)} s${before ? ', before' : ''}`)
}
if (FILL) process.exit(0)

// Code is compiled as it is used.
for (const one of grown) await lookups(one, LOOKUPS)
for (let round = 0; round < ROUNDS; round++) {
  for (const one of grown) one.lookups.push(await lookups(one, LOOKUPS))
}
const served: { readonly one: Grown; readonly pangate: Pangate }[] = []
for (const one of grown) {
  const pangate = await serve(one.site)
  served.push({ one, pangate })
  const shot = forwardShot(pangate, one.ids)
  await tryShot(shot)
  await saturate(shot, 32, sized(10, 1))
}
for (let round = 0; round < ROUNDS; round++) {
  for (const { one, pangate } of served) {
    const { perSecond } = await saturate(forwardShot(pangate, one.ids), 32, SECONDS)
    one.forwards.push(perSecond)
    one.inserts.push((await saturate(insertShot(pangate), 32, SECONDS)).perSecond)
  }
}

const [least] = grown
const rows = grown.map((one) => ({
  tokens: short(one.size),
  'look-up, us': short(median(one.lookups)),
  'of the least': short(median(one.lookups) / median(least?.lookups ?? [])),
  'forwards/s': short(median(one.forwards)),
  'inserts/s': short(median(one.inserts)),
  'put in at once, tokens/s': short(one.size / one.fillSeconds),
  'bytes a token': short(one.bytes),
}))
const last = grown.at(-1)
const ratio = median(last?.lookups ?? []) / median(least?.lookups ?? [])
report(
  'Growth',
  'bun bench/growth.ts',
  `A look-up is the vault's \`find\` by a random id, alone, in a process of its own: the median of ${ROUNDS} rounds of ${short(LOOKUPS)}, in
turn. Forwards (native, durability \`process\`, ${short(SAMPLE)} tokens in turn) and inserts (\`POST /v1/tokens\`) are by 32 connections.
"Put in at once" seals and writes rows as the vault does, in transactions of 20 000. Bytes are those of the file with all of
its indexes.

${table(rows)}

${skipped.join('\n')}

Goal: a look-up among the most takes at most 1.2 times one among the least: ${short(ratio)}, ${ratio <= 1.2 ? 'reached' : 'not reached'}.`,
)
process.exit(0)

async function filledNow(size: number): Promise<Filled> {
  const dir = KEPT === null ? undefined : join(KEPT, `${size}`)
  if (dir !== undefined) mkdirSync(dir, { recursive: true })
  const site = install(upstream, { PANGATE_DATABASE_DURABILITY: 'process' }, dir)
  const empty = statSync(databaseOf(site)).size
  const { ids, seconds } = await fill(site, size, Math.max(1, Math.floor(size / SAMPLE)))
  const bytes = (statSync(databaseOf(site)).size - empty) / size
  const filled = { site, ids, fillSeconds: seconds, bytes }
  if (dir !== undefined) writeFileSync(`${dir}.json`, JSON.stringify(filled))
  return filled
}

/** What an earlier run left in the folder. */
function keptBefore(size: number): Filled | null {
  if (KEPT === null || !existsSync(join(KEPT, `${size}.json`))) return null
  // Written from this very type.
  const filled = JSON.parse(readFileSync(join(KEPT, `${size}.json`), 'utf8')) as Filled
  return { ...filled, site: installedBefore(filled.site, upstream) }
}

/** The mean microseconds of so many look-ups of random tokens, as one round. */
async function lookups({ site, ids }: Grown, count: number): Promise<number> {
  const { vault, close } = await openDatabase(site)
  const owner = { tenant: site.tenant, test: false }
  const random = (): string => ids[Math.floor(Math.random() * ids.length)] ?? ''
  // The file's pages are in the system's memory after this, for all sizes alike, as they are in a server that runs.
  for (const id of ids) await vault.find(owner, id)
  const began = performance.now()
  for (let i = 0; i < count; i++) await vault.find(owner, random())
  const mean = ((performance.now() - began) * 1000) / count
  await close()
  return mean
}

function forwardShot(pangate: Pangate, ids: readonly string[]): Shot {
  const shot = nativeShot({ ...pangate, token: TURN }, upstream.tls)
  return { ...shot, turns: ids }
}

function insertShot({ url, site }: Pangate): Shot {
  const card = { number: '4242424242424242', exp_month: 12, exp_year: 2034, holder: 'Ann Example' }
  return {
    url: `${url}/v1/tokens`,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${site.key}` },
    body: JSON.stringify({ type: 'card', card }),
    holds: 'tok_',
  }
}
