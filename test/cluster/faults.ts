/**
 * @module What may happen to a cluster, each as how it begins and how it is over.
 */
import { cut, mend } from './network.ts'
import { NAMES, type NodeName, type World } from './world.ts'

export interface Fault {
  readonly name: string
  /** How long it lasts once it has begun. */
  readonly lasts_ms: number
  begin(world: World, round: number): Promise<void> | void
  end(world: World, round: number): Promise<void> | void
}

const READY_MS = 30_000

/** Another one in each round, and first one of those with a single process. */
function victim(round: number): NodeName {
  return NAMES[(round + 1) % NAMES.length] ?? 'a'
}

/** Waits until every node takes requests again. Throws when that does not come about. */
export async function allReady(world: World): Promise<void> {
  const until = performance.now() + READY_MS
  while (!(await world.ready())) {
    if (performance.now() > until) throw new Error(`not every node is ready:\n${world.logs()}`)
    await Bun.sleep(50)
  }
}

const NOTHING = (): void => undefined

/** In the order in which they happen. */
export const FAULTS: readonly Fault[] = [
  { name: 'nothing happens', lasts_ms: 2000, begin: NOTHING, end: NOTHING },
  {
    name: 'a node is killed, and started again',
    lasts_ms: 1500,
    begin: (world, round) => world.kill(victim(round)),
    end: (world, round) => world.start(victim(round)),
  },
  {
    name: "the primary's replica is killed, and started again",
    lasts_ms: 1000,
    begin: ({ replica }) => replica.kill(),
    end: ({ replica }) => replica.restart(),
  },
  {
    name: 'the primary is killed, and started again',
    lasts_ms: 2000,
    begin: ({ primary }) => primary.kill(),
    end: ({ primary }) => primary.restart(),
  },
  {
    name: 'the primary freezes, and goes on',
    lasts_ms: 4000,
    begin: ({ primary }) => primary.freeze(),
    end: ({ primary }) => primary.resume(),
  },
  {
    name: 'Redis is killed, and started again, empty',
    lasts_ms: 2000,
    begin: ({ redis }) => redis.kill(),
    end: ({ redis }) => redis.restart(),
  },
  {
    name: 'one node is cut off from the database and Redis',
    // Longer than a copy may be used that nobody can renew.
    lasts_ms: 5500,
    begin: () => cut('back'),
    end: () => mend('back'),
  },
  {
    name: 'one node is cut off from everything',
    lasts_ms: 5500,
    begin() {
      cut('front')
      cut('back')
    },
    end() {
      mend('front')
      mend('back')
    },
  },
  {
    name: 'all nodes are replaced, one after the other',
    lasts_ms: 0,
    async begin(world) {
      for (const name of NAMES) {
        await world.retire(name)
        await world.start(name)
        await allReady(world)
      }
    },
    end: NOTHING,
  },
]
