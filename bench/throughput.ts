/**
 * @module Throughput and latency, all in one run, as ratios of a bare relay: `bun bench/throughput.ts [--short]`.
 * Each subject has its turn in each round, so that whatever else the machine does meets them all.
 */
import { connectionsOpened, cpuMicroseconds, need, residentMb } from './support/machine.ts'
import { ONLY, SHORT, sized } from './support/options.ts'
import { report, short, table } from './support/report.ts'
import { tryShot } from './support/shots.ts'
import { median, spread } from './support/stats.ts'
import { steady } from './support/steady.ts'
import {
  BARE,
  DIRECT,
  NATIVE,
  pangates,
  peers,
  POWER,
  relays,
  type Absent,
  type Subject,
} from './support/subjects.ts'
import { startUpstream } from './support/upstream.ts'
import { saturate, type Load } from './support/wrk.ts'

const CONNECTIONS = 32
const ROUNDS = sized(5, 2)
const SECONDS = sized(3, 1)
/** Before the first round, for each: code is compiled as it is used, over tens of thousands of requests. */
const WARM_SECONDS = sized(4, 1)
/** So many times at most, until a request costs no less than it did. */
const WARMINGS = sized(10, 1)
/** A smaller gain than this is chance. */
const WARM_ENOUGH = 0.96
const STEADY_SECONDS = sized(4, 2)

interface Round extends Load {
  /** Microseconds of processor time for a request. */
  readonly cpu: number
  readonly opened: number
}

need('nginx', 'wrk', 'taskset')
const upstream = await startUpstream()
const wanted = (one: Subject | Absent): boolean => ONLY === null || ONLY.has(one.name)
const all = [
  ...(await relays(upstream)),
  ...(await pangates(upstream)),
  ...(await peers(upstream)),
].filter(wanted)
const subjects = all.filter((one) => 'shot' in one)
const absent = all.filter((one) => 'reason' in one)

for (const subject of subjects) {
  const { name, shot, ca, pid } = subject
  await tryShot(shot, ca === undefined ? undefined : await Bun.file(ca).text())
  let last = Infinity
  for (let turn = 0; turn < WARMINGS; turn++) {
    const { cpu } = await measure(subject, WARM_SECONDS)
    console.error(`warming ${name}: ${short(cpu)} us`)
    if (pid === null || cpu > last * WARM_ENOUGH) break
    last = cpu
  }
}
const rounds = new Map<string, Round[]>(subjects.map(({ name }) => [name, []]))
for (let round = 0; round < ROUNDS; round++) {
  for (const subject of subjects) rounds.get(subject.name)?.push(await measure(subject, SECONDS))
  console.error(`round ${round + 1} of ${ROUNDS}`)
}

async function measure({ shot, pid }: Subject, seconds: number): Promise<Round> {
  const [cpu, opened] = [pid === null ? 0 : cpuMicroseconds(pid), connectionsOpened()]
  const load = await saturate(shot, CONNECTIONS, seconds)
  const spent = pid === null ? NaN : (cpuMicroseconds(pid) - cpu) / load.requests
  return { ...load, cpu: spent, opened: connectionsOpened() - opened - CONNECTIONS }
}

const of = (name: string, what: keyof Round): number =>
  median((rounds.get(name) ?? []).map((one) => one[what]))
const ratio = (name: string): number => of(name, 'perSecond') / of(BARE, 'perSecond')

const rows = subjects.map(({ name, pid }) => ({
  subject: name,
  'requests/s': short(of(name, 'perSecond')),
  IQR: short(spread((rounds.get(name) ?? []).map(({ perSecond }) => perSecond))),
  'of bare': short(ratio(name)),
  'p50, ms': short(of(name, 'p50')),
  'p99, ms': short(of(name, 'p99')),
  'CPU, us': short(of(name, 'cpu')),
  'RSS, MB': pid === null ? '-' : short(residentMb(pid)),
  opened: short(of(name, 'opened')),
  errors: (rounds.get(name) ?? []).reduce((sum, { errors }) => sum + errors, 0),
}))

const half = of(NATIVE, 'perSecond') / 2
const steadily = subjects.filter(({ name }) =>
  [DIRECT, 'nginx proxy_pass', BARE, NATIVE, POWER].includes(name),
)
const times = new Map<string, Awaited<ReturnType<typeof steady>>[]>()
for (let round = 0; round < ROUNDS && half > 0; round++) {
  for (const { name, shot, ca } of steadily) {
    const options = {
      rate: half,
      seconds: STEADY_SECONDS,
      warm: 1,
      ...(ca !== undefined && { ca }),
    }
    times.set(name, [...(times.get(name) ?? []), await steady(shot, options)])
  }
}
const time = (name: string, what: 'p50' | 'p90' | 'p99' | 'own'): number =>
  median((times.get(name) ?? []).map((one) => one[what]))
const added = (name: string, what: 'p50' | 'p90' | 'p99'): number =>
  time(name, what) - time(DIRECT, what)
const latency = steadily.map(({ name }) => ({
  subject: name,
  'p50, ms': short(time(name, 'p50')),
  'p90, ms': short(time(name, 'p90')),
  'p99, ms': short(time(name, 'p99')),
  'added p50': short(added(name, 'p50')),
  'added p99': short(added(name, 'p99')),
  'p50 beyond bare': short(time(name, 'p50') - time(BARE, 'p50')),
  'p99 beyond bare': short(time(name, 'p99') - time(BARE, 'p99')),
  'client, p99': short(time(name, 'own')),
  errors: (times.get(name) ?? []).reduce((sum, { errors }) => sum + errors, 0),
}))

const praxis = 'Pangate, by account, Praxis'
/** Issue's goals: what must be reached. */
const GOALS: readonly (readonly [what: string, goal: string, value: number, reached: boolean])[] = [
  goal('full native forward, process', ratio(NATIVE), 0.6),
  goal('full native forward, power', ratio(POWER), 0.45),
  goal('Praxis', ratio(praxis), 0.45),
  goal('Praxis in its sandbox', ratio(`${praxis} from a file, in its sandbox`), 0.4),
  below('p50 at half load beyond the bare relay, ms', time(NATIVE, 'p50') - time(BARE, 'p50'), 0.2),
  below('p99 at half load beyond the bare relay, ms', time(NATIVE, 'p99') - time(BARE, 'p99'), 1.5),
]

function goal(what: string, value: number, least: number) {
  return [what, `at least ${least}`, value, value >= least] as const
}

function below(what: string, value: number, most: number) {
  return [what, `under ${most}`, value, value < most] as const
}

report(
  'Throughput and latency',
  'bun bench/throughput.ts',
  `As many requests as will go: ${CONNECTIONS} connections, a POST of ${subjects[0]?.shot.body.length ?? 0} bytes for the PSP, medians of
${ROUNDS} rounds of ${SECONDS} s in turn after a warm-up of at most ${WARMINGS * WARM_SECONDS} s, until a request costs no less processor time. The PSP answers over TLS; "of bare" is the share of the bare
relay's throughput; "CPU" is processor time for a request; "opened" counts connections to the PSP in a round. All of
Pangate authenticates, checks the list of destinations, opens the vault, writes the request and the answer down and cleans
the answer.

${table(rows)}

${absent.map(({ name, reason }) => `Not here: ${name}: ${reason}`).join('\n')}

At a steady ${short(half)} requests/s (half of what Pangate can do), arrivals by chance, counted from when each was due:

${table(latency)}

"client" is how long requests waited for the program that sends them, which shares its core with the PSP on a machine with
two. Added is what stands between the caller and the PSP over TLS.

${table(GOALS.map(([what, wantedValue, value, reached]) => ({ goal: what, wanted: wantedValue, measured: short(value), reached: reached ? 'yes' : 'no' })))}`,
)
process.exit(SHORT || rows.every(({ errors }) => errors === 0) ? 0 : 1)
