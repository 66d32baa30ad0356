/**
 * @module Start-up and memory: `bun bench/memory.ts [--short]`. From exec to the first answer; resident memory idle, after ten
 * thousand and a million forwards, and with a thousand PSP answers waited for.
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, start } from './support/child.ts'
import { CORES, need, residentMb } from './support/machine.ts'
import { executable, sized } from './support/options.ts'
import { command, install, serve, type Site } from './support/pangate.ts'
import { report, short, table } from './support/report.ts'
import { scrape } from './support/scrape.ts'
import { nativeShot, tryShot, type Shot } from './support/shots.ts'
import { median, quantile } from './support/stats.ts'
import { startUpstream } from './support/upstream.ts'
import { saturate } from './support/wrk.ts'

const STARTS = sized(31, 5)
/** Memory is read when the program has been idle for this long. */
const IDLE_MS = sized(5_000, 1_000)
const FEW = sized(10_000, 500)
const MANY = sized(1_000_000, 3_000)
const WAITING = 1_000
const SLOW_MS = sized(5_000, 2_000)

need('nginx', 'wrk', 'taskset')
const upstream = await startUpstream()
const site = install(upstream, { PANGATE_DATABASE_DURABILITY: 'process' })
const starts: number[] = []
for (let run = 0; run < STARTS; run++) starts.push(await firstAnswer(site))
let idle = 0
await firstAnswer(site, async (own) => {
  await Bun.sleep(IDLE_MS)
  idle = residentMb(own)
})

const pangate = await serve(site)
const { pid } = pangate.child
const shot = nativeShot(pangate, upstream.tls)
await tryShot(shot)
const few = await memoryAfter(shot, FEW)
const many = await memoryAfter(shot, MANY)
await pangate.child.stop()
const { most, before, errors } = await memoryWhileWaiting()

const rows = [
  row('first answer, ms (median)', median(starts), 100),
  row('first answer, ms (slowest)', quantile(starts, 1), null),
  row('idle, MB', idle, 90),
  row(`after ${short(FEW)} forwards, MB`, few, null),
  row(`after ${short(MANY)} forwards, MB`, many, null),
  row('  of that after the fewer', many / few, 1.15),
  row(`${short(WAITING)} answers waited for, MB`, most, null),
  row('  for each of them, KB', ((most - before) * 1000) / WAITING, null),
  row('  errors', errors, null),
  row('size of the executable, MB', statSync(executable()).size / 1e6, 130),
]
report(
  'Start-up and memory',
  'bun bench/memory.ts',
  `From exec of \`pangate serve\` to its first answer over HTTP, ${STARTS} times, with one tenant in the database. Memory is what is
resident (10^6 bytes), idle for ${IDLE_MS / 1000} s before it is read; forwards are native, by 32 connections.

${table(rows)}`,
)
process.exit(0)

function row(what: string, value: number, limit: number | null) {
  return {
    measured: what,
    value: short(value),
    limit: limit ?? '',
    reached: limit === null ? '' : value <= limit ? 'yes' : 'no',
  }
}

/** Milliseconds from exec to the first answer. */
async function firstAnswer(
  { dir, env }: Site,
  after: (pid: number) => Promise<void> = async () => undefined,
): Promise<number> {
  const port = await freePort()
  const began = performance.now()
  const child = await start([executable(), 'serve'], {
    cores: CORES.subject,
    cwd: dir,
    env: {
      ...env,
      PANGATE_SERVER_LISTEN: `127.0.0.1:${port}`,
      PANGATE_SERVER_ADMIN_LISTEN: '127.0.0.1:0',
    },
  })
  for (;;) {
    try {
      if ((await fetch(`http://127.0.0.1:${port}/readyz`)).ok) break
    } catch {
      // Not listening yet; a longer pause would be part of what is measured.
      await Bun.sleep(1)
    }
    if (performance.now() - began > 30_000) throw new Error(`no answer: ${child.stderr()}`)
  }
  const took = performance.now() - began
  await after(child.pid)
  await child.stop()
  return took
}

/** Memory once so many forwards were made since the start. */
async function memoryAfter(shot: Shot, count: number): Promise<number> {
  for (;;) {
    const numbers = await scrape(pangate.admin)
    const made = [...numbers]
      .filter(([name]) => name.startsWith('pangate_forwards_total'))
      .reduce((sum, [, value]) => sum + value, 0)
    if (made >= count) break
    await saturate(shot, 32, count - made > 50_000 ? 10 : 1)
  }
  await Bun.sleep(IDLE_MS)
  return residentMb(pid)
}

/** The most memory while a slow PSP is waited for by many, and what it was before. */
async function memoryWhileWaiting() {
  const port = await freePort()
  const program = join(import.meta.dir, 'support/slow.ts')
  const { cert, key, caFile } = upstream
  const url = `https://localhost:${port}`
  await start([process.execPath, program, String(port), cert, key, String(SLOW_MS)], {
    cores: CORES.psp,
    ready: url,
    ca: await Bun.file(caFile).text(),
  })
  command(site, 'destination', 'add', 'localhost', '--port', String(port), '--tenant', 'shop')
  // All thousand come at once.
  const waiting = await serve(site, undefined, { PANGATE_LIMITS_PATIENCE_MS: '10000' })
  const slow = nativeShot(waiting, url)
  await tryShot(slow)
  await Bun.sleep(IDLE_MS)
  const before = residentMb(waiting.child.pid)
  let most = before
  const timer = setInterval(() => {
    most = Math.max(most, residentMb(waiting.child.pid))
  }, 100)
  const { errors } = await saturate(slow, WAITING, (SLOW_MS / 1000) * 4)
  clearInterval(timer)
  await waiting.child.stop()
  return { most, before, errors }
}
