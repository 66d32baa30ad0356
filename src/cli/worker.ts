/**
 * @module One of several processes that serve: told everything by the keeper over its link, and ended when that is gone.
 */
import { fstatSync, writeFileSync } from 'node:fs'
import { loadConfig } from '../config.ts'
import { OperatorError } from '../errors.ts'
import { openGateway, type Gateway } from '../gateway.ts'
import type { Server } from '../server.ts'
import { fault, openLog, type Log } from '../telemetry/log.ts'
import { openTelemetry, type Telemetry } from '../telemetry/telemetry.ts'
import { masterKeyOf } from '../vault/master_key.ts'
import type { Link } from '../workers/link.ts'
import { LINK_FD, linkToKeeper } from '../workers/process.ts'
import type { KeeperCalls, Start } from '../workers/protocol.ts'
import { openLinkedShared, type LinkedShared } from '../workers/shared.ts'
import type { Input } from './command.ts'
import { onFault, onWarning } from './faults.ts'
import { hideMemory } from './harden.ts'
import { LAME_DUCK_MS, listen } from './serving.ts'
import { otherSignals, stopSignal } from './signals.ts'
import type { Terminal } from './terminal.ts'

/** What a worker has when it serves. */
interface Running {
  readonly log: Log
  readonly telemetry: Telemetry
  readonly shared: LinkedShared
  readonly gateway: Gateway
  readonly server: Server
}

/** Why it ends, how long what is under way may take, and the exit status. */
interface Ending {
  readonly event: 'stopping' | 'keeper.gone'
  readonly limit: number
  readonly lame_duck_ms: number
  readonly status: 0 | 1
}

/** Without its keeper nothing can be written down: callers are told how far their requests came, and no more. */
const ORPHAN_MS = 3_000
/** What it may take to end besides. */
const EXIT_MS = 2_000

/** Serves until the keeper or a signal says to stop, or the keeper is gone. */
export async function worker(_: Input, { err }: Terminal): Promise<number> {
  if (!hasLink())
    throw new OperatorError('this is started by `pangate serve` alone', 'pangate serve')
  const signal = stopSignal()
  // They are the keeper's, also where a terminal sends them to all of its processes.
  otherSignals(() => undefined)
  const told = Promise.withResolvers<number>()
  const broken = Promise.withResolvers<void>()
  let running: Running | null = null
  const link = linkToKeeper({
    async start(start) {
      running = await open(link, start, err, () => broken.resolve())
    },
    drain: async (limit) => told.resolve(limit),
    snapshot: async () => running?.telemetry.metrics.snapshot() ?? [],
    circuit: async (change) => running?.shared.heard(change),
    ping: async () => undefined,
  })
  // Whatever else it does then.
  void link.closed.then(() => setTimeout(() => process.exit(1), ORPHAN_MS + EXIT_MS))

  const limit = (): number => running?.gateway.config.server.stop_timeout_ms ?? 0
  const gently = { event: 'stopping', lame_duck_ms: LAME_DUCK_MS } as const
  const ending = await Promise.race<Ending>([
    told.promise.then((most) => ({ ...gently, limit: most, status: 0 })),
    // Another one is there before this one goes, where the keeper goes on.
    signal
      .then(() => link.call('leaving').catch(() => undefined))
      .then(() => ({ ...gently, limit: limit(), status: 0 })),
    broken.promise.then(() => ({ ...gently, limit: limit(), status: 1 })),
    // At once, because the next keeper's workers need the port.
    link.closed.then(() => ({
      event: 'keeper.gone',
      limit: ORPHAN_MS,
      lame_duck_ms: 0,
      status: 1,
    })),
  ])
  if (running) await close(running, link, ending)
  link.close()
  return ending.status
}

async function open(
  link: Link<KeeperCalls>,
  start: Start,
  err: Terminal['err'],
  broken: () => void,
): Promise<Running> {
  const config = loadConfig(start.sources)
  const always = { worker: start.worker }
  const plain = openLog({ ...config.log, clock: Date.now, write: err, always })
  const telemetry = openTelemetry(plain)
  const { log } = telemetry
  preferredVictim(log)
  hideMemory(log)
  onWarning((warning) => log.warn('runtime.warning', fault(warning)))
  onFault((kind, error) => {
    log.error('fault', fault(error))
    if (kind === 'uncaughtException') broken()
  })
  const [master, ...others] = start.masters.map((key) => masterKeyOf(Buffer.from(key)))
  if (!master) throw new TypeError('a start without a master key')
  const shared = await openLinkedShared(link, config, start.circuits, log)
  try {
    const parts = { telemetry, shared, node: start.node }
    const gateway = await openGateway(config, { ...master, others }, parts)
    const options = { shared: true, lame_duck_ms: LAME_DUCK_MS }
    const server = await listen(gateway, start.listen, options)
    return { log, telemetry, shared, gateway, server }
  } catch (error) {
    await shared.close()
    throw error
  }
}

async function close(
  { log, telemetry, shared, gateway, server }: Running,
  link: Link<KeeperCalls>,
  { event, limit, lame_duck_ms }: Ending,
): Promise<void> {
  log[event === 'stopping' ? 'info' : 'error'](event)
  await server.stop(limit, lame_duck_ms)
  // What it counted is not lost with it.
  await link.call('numbers', telemetry.metrics.snapshot()).catch(() => undefined)
  await gateway.close().catch((error: unknown) => log.warn('fault', fault(error)))
  await shared.close()
}

/** Whether there is a socket where the keeper puts the link. */
function hasLink(): boolean {
  try {
    return fstatSync(LINK_FD).isSocket()
  } catch {
    return false
  }
}

/** Where memory runs out, the kernel ends a worker, which is replaced, and not the keeper, with which all would end (proc(5)). */
function preferredVictim(log: Log): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '500')
  } catch (error) {
    log.debug('memory.no_preference', fault(error))
  }
}
