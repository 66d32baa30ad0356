/**
 * @module Starts the process of a worker: this very executable, with an empty environment and a link to this process; and its end of that.
 */
import { existsSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { fault, type Log } from '../telemetry/log.ts'
import type { CircuitChange } from '../limits/circuit.ts'
import type { Snapshot } from '../telemetry/metrics.ts'
import { openLink, type Link } from './link.ts'
import type { Worker } from './pool.ts'
import {
  KEEPER_DEADLINES,
  WORKER_DEADLINES,
  type KeeperCalls,
  type Start,
  type WorkerCalls,
} from './protocol.ts'

/** The file descriptor of a worker's end of its link: the first behind its three outputs and inputs. */
export const LINK_FD = 3

/** A worker in a process of its own. */
export interface WorkerProcess extends Worker {
  readonly place: number
  /** Its name in records. */
  readonly node: string
  snapshot(): Promise<Snapshot>
  hear(change: CircuitChange): void
}

/** What runs, whatever became of its name: the child that opens it is, until then, this program (proc(5)). */
const SELF = '/proc/self/exe'

/** What is run: the arguments behind the executable. */
export type Program = readonly string[]

/** Starts it. `start` is what it is told first, `calls` what it may ask. */
export function spawnWorker(
  program: Program,
  start: Start,
  calls: KeeperCalls,
  log: Log,
): WorkerProcess {
  const child = Bun.spawn([...program, String(start.worker)], {
    // Whatever it needs comes over the link, so that nothing else of the environment can steer it.
    env: {},
    // Beside Bun's own `ipc`: 183,000 against 79,000 writes a second, 64 at once, for less than half the processor time.
    stdio: ['ignore', 'ignore', 'inherit', 'socket-fd'],
  })
  const [, , , fd] = child.stdio
  if (typeof fd !== 'number') throw new TypeError('a process without its link')
  const link = openLink<WorkerCalls, KeeperCalls>(socketOf(fd), {
    calls,
    deadline: (name) => WORKER_DEADLINES[name],
    failed: (error) => log.error('worker.call_failed', { worker: start.worker, ...fault(error) }),
  })
  return {
    pid: child.pid,
    place: start.worker,
    node: start.node,
    start: () => link.call('start', start),
    drain: (limit) => link.call('drain', limit),
    ping: () => link.call('ping'),
    snapshot: () => link.call('snapshot'),
    hear: (change) => void link.call('circuit', change).catch(() => undefined),
    kill: () => child.kill('SIGKILL'),
    // What it had written before it ended is still read from the link.
    exited: Promise.all([child.exited, link.closed]).then(() =>
      child.signalCode === null ? `status ${child.exitCode}` : String(child.signalCode),
    ),
  }
}

/** A worker's end of its link. Errors in what the keeper may ask are passed to the keeper alone. */
export function linkToKeeper(calls: WorkerCalls): Link<KeeperCalls> {
  return openLink<KeeperCalls, WorkerCalls>(socketOf(LINK_FD), {
    calls,
    deadline: (name) => KEEPER_DEADLINES[name],
    failed: () => undefined,
  })
}

/** Connects by a descriptor. */
function socketOf(fd: number): Socket {
  // The types leave out what the runtime does, and its documentation of `socket-fd` shows.
  return connect({ fd } as unknown as { path: string })
}

/**
 * The running program, to be run again. By what runs and not by its name, because the file may have been replaced by a newer
 * version, whose workers this process could not talk to.
 */
export function thisProgram(): Program {
  const executable = existsSync(SELF) ? SELF : process.execPath
  // In the executable the program is inside; from the source it is Bun's first argument.
  return Bun.main.includes('$bunfs') ? [executable] : [executable, Bun.main]
}
