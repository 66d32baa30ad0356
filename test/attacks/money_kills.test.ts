/**
 * @module A server that is killed at random moments while it takes payments: what callers were told, what is on record and what the PSP saw agree.
 */
import { afterAll, describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { stopAll } from '../support/binary.ts'
import type { Served } from '../support/installed.ts'
import { openMoneyWorld, type MoneyWorld } from './money_world.ts'
import { runs, until, workersOf } from './process_world.ts'

/** The long form is that of CI. */
const LONG = process.env['PANGATE_TEST_LONG'] === '1'
const SEED = Number(process.env['PANGATE_TEST_SEED'] ?? Math.floor(Math.random() * 1e9))
/** How many calls a server answers before it is killed, at most; then within so many milliseconds. */
const MOST_CALLS = 60
const MOST_MS = 20

/** What is killed, how often, and what a commit survives. */
const FORMS = [
  { killed: 'the server', durability: 'process', workers: 1, kills: LONG ? 100 : 4 },
  { killed: 'the server', durability: 'power', workers: 1, kills: LONG ? 60 : 3 },
  { killed: 'the keeper', durability: 'power', workers: 2, kills: LONG ? 30 : 2 },
  { killed: 'a worker', durability: 'process', workers: 2, kills: LONG ? 15 : 3 },
] as const

console.log(`D01: seed ${SEED}, ${LONG ? 'the long form' : 'the short form'}`)

afterAll(stopAll, 20_000)

describe('killed at random moments:', () => {
  test.each(FORMS)(
    'D01 $killed, $kills times, durability $durability',
    async ({ killed, durability, workers, kills }) => {
      const world = await openMoneyWorld(SEED + workers)
      const serve = (): Promise<Served> =>
        world.installed.serve({
          PANGATE_DATABASE_DURABILITY: durability,
          PANGATE_SERVER_WORKERS: String(workers),
        })
      const last = await (killed === 'a worker'
        ? killWorkers(world, await serve(), kills)
        : killServers(world, serve, kills))
      const found = await world.check(last.url, killed === 'the keeper')
      console.log(`D01 ${killed}, ${kills} kills, ${durability}:`, found)
      // It tested something: payments of every kind, and kills that cut some off.
      expect(found['done']).toBeGreaterThan(kills)
      if (LONG) expect(found['not_sent']).toBeGreaterThan(0)
      // Workers whose keeper is killed still answer.
      expect(found[killed === 'the keeper' ? 'unknown' : 'cut off']).toBeGreaterThan(0)
      await last.program.stop()
      await world.checkFile()
      await world.stop()
    },
    LONG ? 900_000 : 60_000,
  )
})

/** A random one: after so much work, so that it is under load also on a slow machine, and at any step of it. */
async function moment(world: MoneyWorld): Promise<void> {
  const enough = world.answered() + Math.floor(world.random() * MOST_CALLS)
  await until(() => world.answered() >= enough, 'load')
  await Bun.sleep(world.random() * MOST_MS)
}

/** Gives the server that was started after the last kill. */
async function killServers(
  world: MoneyWorld,
  serve: () => Promise<Served>,
  kills: number,
): Promise<Served> {
  const left: number[] = []
  const loads: Promise<void>[] = []
  for (let nth = 0; nth < kills; nth++) {
    const served = await serve()
    const workers = [...workersOf(served).values()]
    let over = false
    loads.push(world.load(served.url, () => over))
    await moment(world)
    process.kill(served.program.pid, 'SIGKILL')
    over = true
    // A process whose threads still write has the database until the last one ends.
    await until(() => !existsSync(`/proc/${served.program.pid}`), 'it is gone')
    // The next one starts while workers of this one may still run.
    left.push(...workers)
  }
  const last = await serve()
  await until(() => left.every((pid) => !runs(pid)), 'all workers have ended')
  await Promise.all(loads)
  return last
}

/** Gives the server, which goes on. */
async function killWorkers(world: MoneyWorld, served: Served, kills: number): Promise<Served> {
  const bothRun = (): boolean => {
    const pids = [...workersOf(served).values()]
    return pids.length === 2 && pids.every(runs)
  }
  for (let nth = 0; nth < kills; nth++) {
    // Longer each time: what dies soon is started again later.
    await until(bothRun, 'two workers')
    let over = false
    const loaded = world.load(served.url, () => over)
    await moment(world)
    const pid = [...workersOf(served).values()][nth % 2] ?? 0
    process.kill(pid, 'SIGKILL')
    await until(() => !runs(pid), 'it is gone')
    over = true
    await loaded
  }
  await until(bothRun, 'two workers')
  return served
}
