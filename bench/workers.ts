/**
 * @module Two processes beside one: `bun bench/workers.ts [--short]`. How much more two workers do, what a request costs each,
 * and which core was the limit.
 */
import { cpus } from 'node:os'
import { CORES, coresBusy, cpuMicroseconds, need, residentMb } from './support/machine.ts'
import { sized } from './support/options.ts'
import { install, serve } from './support/pangate.ts'
import { report, short, table } from './support/report.ts'
import { nativeShot, tryShot, type Shot } from './support/shots.ts'
import { median } from './support/stats.ts'
import { startUpstream } from './support/upstream.ts'
import { saturate } from './support/wrk.ts'

const ROUNDS = sized(5, 2)
const SECONDS = sized(10, 2)
const WARM_SECONDS = sized(15, 2)
const CONNECTIONS = 64

/** With four cores two are the workers' alone; with fewer there is none to spare. */
const SPARE = cpus().length >= 4
const CORES_OF: Readonly<Record<number, string>> = {
  1: CORES.subject,
  2: SPARE ? `${CORES.subject},3` : '0-1',
}

interface Workers {
  readonly name: string
  readonly shot: Shot
  readonly pid: number
  readonly rounds: {
    readonly perSecond: number
    readonly p99: number
    readonly cpu: number
    readonly busy: readonly number[]
    readonly errors: number
  }[]
}

need('nginx', 'wrk', 'taskset')
const upstream = await startUpstream()
const all: Workers[] = []
for (const durability of ['process', 'power']) {
  for (const count of [1, 2]) {
    const site = install(upstream, {
      PANGATE_DATABASE_DURABILITY: durability,
      PANGATE_SERVER_WORKERS: String(count),
    })
    const pangate = await serve(site, CORES_OF[count])
    const shot = nativeShot(pangate, upstream.tls)
    await tryShot(shot)
    await saturate(shot, CONNECTIONS, WARM_SECONDS)
    const name = `${count === 1 ? 'one process' : `${count} workers`}, ${durability}`
    all.push({ name, shot, pid: pangate.child.pid, rounds: [] })
  }
}
for (let round = 0; round < ROUNDS; round++) {
  for (const { shot, pid, rounds } of all) {
    const [cpu, ticks] = [cpuMicroseconds(pid), coresBusy()]
    const load = await saturate(shot, CONNECTIONS, SECONDS)
    const busy = coresBusy().map(({ busy, all }, at) => {
      const before = ticks[at] ?? { busy: 0, all: 0 }
      return (busy - before.busy) / (all - before.all)
    })
    rounds.push({ ...load, cpu: (cpuMicroseconds(pid) - cpu) / load.requests, busy })
  }
}
const of = ({ rounds }: Workers, what: 'perSecond' | 'p99' | 'cpu'): number =>
  median(rounds.map((one) => one[what]))
const rows = all.map((one, at) => ({
  processes: one.name,
  'requests/s': short(of(one, 'perSecond')),
  'of one': short(of(one, 'perSecond') / of(all[at - (at % 2)] ?? one, 'perSecond')),
  'p99, ms': short(of(one, 'p99')),
  'CPU, us': short(of(one, 'cpu')),
  'RSS, MB': short(residentMb(one.pid)),
  'cores busy, %': (one.rounds[0]?.busy ?? [])
    .map((_, core) => Math.round(100 * median(one.rounds.map(({ busy }) => busy[core] ?? 0))))
    .join(' '),
  errors: one.rounds.reduce((sum, { errors }) => sum + errors, 0),
}))
report(
  'Workers',
  'bun bench/workers.ts',
  `Native by request, ${CONNECTIONS} connections, medians of ${ROUNDS} rounds of ${SECONDS} s in turn. One process has core ${CORES_OF[1]}, two workers have
${CORES_OF[2]}; the load is made on core ${CORES.load}, the PSP answers on ${CORES.psp}. "CPU" is processor time for a request, of all processes.

${table(rows)}

${SPARE ? 'Goal: two workers do at least 1.7 times what one does.' : 'This machine has no core to spare: the second worker takes its time from the load and the PSP, so that the ratio says what this machine can do and not what a second worker adds. What it would add with cores of its own is bounded by the processor time for a request.'}`,
)
process.exit(0)
