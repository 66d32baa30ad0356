/**
 * @module Soak: `bun bench/soak.ts [--short]`. Ten minutes at 70 % of what it can do; memory and latency by minute, as a table
 * and as bench/soak.svg.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { need, openFiles, residentMb } from './support/machine.ts'
import { SHORT, sized } from './support/options.ts'
import { install, serve } from './support/pangate.ts'
import { plot } from './support/plot.ts'
import { report, short, table } from './support/report.ts'
import { nativeShot, tryShot } from './support/shots.ts'
import { median, slope } from './support/stats.ts'
import { steady } from './support/steady.ts'
import { startUpstream } from './support/upstream.ts'
import { saturate } from './support/wrk.ts'

const MINUTES = sized(10, 3)
const SECONDS = sized(60, 3)
const SHARE = 0.7

need('nginx', 'wrk', 'taskset')
const upstream = await startUpstream()
const pangate = await serve(install(upstream, { PANGATE_DATABASE_DURABILITY: 'process' }))
const { pid } = pangate.child
const shot = nativeShot(pangate, upstream.tls)
await tryShot(shot)
await saturate(shot, 32, sized(30, 3))
const capacity = (await saturate(shot, 32, sized(20, 2))).perSecond
const rate = capacity * SHARE

const minutes: Awaited<ReturnType<typeof minute>>[] = []
for (let at = 0; at < MINUTES; at++) {
  minutes.push(await minute())
  console.error(`minute ${at + 1} of ${MINUTES}`)
}

async function minute() {
  const memory: number[] = []
  const timer = setInterval(() => memory.push(residentMb(pid)), 500)
  const times = await steady(shot, { rate, seconds: SECONDS, warm: 0 })
  clearInterval(timer)
  return { ...times, memory: median(memory), files: openFiles(pid) }
}

const rows = minutes.map((one, at) => ({
  minute: at + 1,
  requests: short(one.requests),
  'p50, ms': short(one.p50),
  'p99, ms': short(one.p99),
  'most, ms': short(one.most),
  'RSS, MB': short(one.memory),
  'open files': one.files,
  errors: one.errors,
}))
// The first minute is still warming up.
const growth = slope(minutes.slice(1).map(({ memory }, at) => [at, memory] as const))
const svg = plot(
  [
    {
      title: 'Latency',
      unit: 'ms',
      curves: [
        { name: 'p99', color: '#c0392b', values: minutes.map(({ p99 }) => p99) },
        { name: 'p50', color: '#2471a3', values: minutes.map(({ p50 }) => p50) },
      ],
    },
    {
      title: 'Resident memory',
      unit: 'MB',
      curves: [{ name: 'RSS', color: '#1e8449', values: minutes.map(({ memory }) => memory) }],
    },
  ],
  'minute',
)
if (!SHORT) writeFileSync(join(import.meta.dir, 'soak.svg'), svg)
report(
  'Soak',
  'bun bench/soak.ts',
  `${MINUTES} minutes at ${short(rate)} forwards/s, which is ${SHARE * 100} % of what it does at most (${short(capacity)}/s); native, durability \`process\`,
arrivals by chance, counted from when each was due. After the first minute memory grows by ${short(growth)} MB a minute.

![latency and memory by minute](soak.svg)

${table(rows)}`,
)
process.exit(0)
