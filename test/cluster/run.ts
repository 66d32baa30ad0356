/**
 * @module Every fault of a cluster under load, with the truth looked up after each: `bun run test:cluster`, `--rounds N` times.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { noRedis } from '../support/redis.ts'
import { runFolder } from '../support/run.ts'
import { noSqld } from '../support/sqld.ts'
import { allReady, FAULTS, type Fault } from './faults.ts'
import { noHaproxy } from './haproxy.ts'
import { openLedger, type Ledger } from './ledger.ts'
import { startLoad } from './load.ts'
import { measure, table, type Line } from './measure.ts'
import { inside, insideEnv, isInside, noNetwork } from './network.ts'
import { answersAgainst, recordsAgainst, stateOf, tokensAgainst } from './truth.ts'
import { INTERVAL_MS, MAX_STALE_MS, openWorld, TIMEOUT_MS, type World } from './world.ts'

/** Of the long form: about a quarter of an hour. */
const ROUNDS = 10
/** The load balancer finds nodes again, and merchants pay for a while. */
const SETTLE_MS = 1500
const MOST_SHOWN = 30
/** By their first letters, without numbers and ids, things are of one kind. */
const KIND = 40

/** Why it cannot run here; null where it can. */
export function noCluster(): string | null {
  return noSqld() ?? noRedis() ?? noHaproxy() ?? noNetwork()
}

/** Runs this file in a network of its own; gives what it printed and how it ended. */
export async function runCluster(
  rounds: number,
  print: (text: string) => void,
): Promise<{ readonly status: number; readonly output: string }> {
  const child = Bun.spawn(
    inside([process.execPath, import.meta.path, '--rounds', String(rounds)]),
    {
      env: { ...process.env, ...insideEnv, PANGATE_TEST_RUN: runFolder() },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'inherit',
    },
  )
  const decoder = new TextDecoder()
  let output = ''
  for await (const chunk of child.stdout) {
    const text = decoder.decode(chunk, { stream: true })
    output += text
    print(text)
  }
  return { status: await child.exited, output }
}

async function main(rounds: number): Promise<number> {
  const world = await openWorld()
  const ledger = openLedger()
  const lines: Line[] = []
  const wrong = new Set<string>()
  const note = (found: readonly string[]): void => {
    for (const one of found) {
      // At once, because a run is long, and may be cut short.
      if (!wrong.has(one) && wrong.size < MOST_SHOWN) console.log(`${seconds()} WRONG ${one}`)
      wrong.add(one)
    }
  }
  const load = await startLoad(world, ledger)
  await Bun.sleep(SETTLE_MS)
  for (let round = 0; round < rounds; round++) {
    for (const fault of FAULTS) {
      lines.push(await strike(world, ledger, fault, round))
      note(answersAgainst(world.psp.arrivals(), ledger))
      note(await stateOf(world))
      console.log(`${seconds()} ${wrong.size} violations after: ${fault.name}`)
    }
  }
  await load.stop()
  const arrivals = world.psp.arrivals()
  note(answersAgainst(arrivals, ledger))
  const { wrong: records, states } = await recordsAgainst(world, arrivals, ledger)
  note(records)
  note(await tokensAgainst(world, ledger))
  note(await stateOf(world))
  note(faultsOf(world.logs()))
  await world.stop()
  report(lines, ledger, arrivals.size, states)
  const kinds = Map.groupBy(wrong, (one) => one.replace(/[a-z]+_\w{20,}|\d+/g, '#').slice(0, KIND))
  for (const [first, ...others] of [...kinds.values()].slice(0, MOST_SHOWN)) {
    console.log(`WRONG ${first}${others.length > 0 ? ` (and ${others.length} like it)` : ''}`)
  }
  console.log(`${wrong.size} violations`)
  return wrong.size === 0 ? 0 : 1
}

async function strike(world: World, ledger: Ledger, fault: Fault, round: number): Promise<Line> {
  const began = performance.now()
  await fault.begin(world, round)
  await Bun.sleep(fault.lasts_ms)
  const over = performance.now()
  await fault.end(world, round)
  await allReady(world)
  const ready = performance.now()
  await Bun.sleep(SETTLE_MS)
  const window = { name: fault.name, began, over, ready, closed: performance.now() }
  return measure(window, ledger.attempts)
}

/** Lines of nodes' logs that tell of a fault of ours: not that the database was gone, nor that a record had to wait for it. */
function faultsOf(logs: string): readonly string[] {
  return logs
    .split('\n')
    .filter((line) =>
      /"level":"error","event":"(?:fault|forward\.fault|later\.(?:failed|lost))"/.test(line),
    )
}

function report(
  lines: readonly Line[],
  { attempts, tokens, longest }: Ledger,
  arrived: number,
  states: Readonly<Record<string, number>>,
): void {
  const records = Object.entries(states).map(([state, count]) => `${count} ${state}`)
  console.log(`
${table(lines)}

[database] timeout_ms = ${TIMEOUT_MS}, sync_interval_ms = ${INTERVAL_MS}, max_stale_ms = ${MAX_STALE_MS}
${attempts.length} attempts to pay, ${arrived} payments arrived, ${tokens.size} tokens stored
Records: ${records.join(', ')}
Used after its end, at most: a key ${Math.round(longest.key)} ms, a token ${Math.round(longest.token)} ms`)
}

const seconds = (): string => `${(performance.now() / 1000).toFixed(0).padStart(4)} s`

if (import.meta.main) {
  const at = process.argv.indexOf('--rounds')
  const rounds = at < 0 ? ROUNDS : Number(process.argv[at + 1])
  if (isInside()) process.exit(await main(rounds))
  const reason = noCluster()
  if (reason !== null) {
    console.log(`skipped: the cluster: ${reason}`)
    process.exit(0)
  }
  mkdirSync(join(runFolder()), { recursive: true })
  const { status } = await runCluster(rounds, (text) => process.stdout.write(text))
  process.exit(status)
}
