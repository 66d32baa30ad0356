/**
 * @module Serves with several processes: this one keeps them running, and keeps what they share; it answers no caller itself.
 */
import { auditStart, auditStop } from '../audit/program.ts'
import type { Config } from '../config.ts'
import { auditUnsealing } from '../custody/audit.ts'
import { OperatorError } from '../errors.ts'
import { openGateway, type Gateway } from '../gateway.ts'
import { openShared, type Shared } from '../shared.ts'
import { fault } from '../telemetry/log.ts'
import { VERSION } from '../version.ts'
import { keeperCalls, openCircuitBoard } from '../workers/keeper.ts'
import { openNumbers } from '../workers/numbers.ts'
import { openPool, type Pool } from '../workers/pool.ts'
import { spawnWorker, thisProgram, type WorkerProcess } from '../workers/process.ts'
import { openAdmin } from './admin_listener.ts'
import { cannotListen, tryPort } from './listen.ts'
import {
  answers,
  tellAllInterrupted,
  tellInterrupted,
  type Reread,
  type Serving,
} from './serving.ts'
import { otherSignals } from './signals.ts'
import { WORKER } from './worker_command.ts'

/** Serves until it is told to stop. Throws OperatorError where it cannot, or can no longer. */
export async function serveWorkers(serving: Serving): Promise<void> {
  const { config, opened, telemetry, stop } = serving
  const { log } = telemetry
  const { stop_timeout_ms, admin_listen } = config.server
  const listen = await freePort(config.server.listen)
  const shared = await openShared(config, Date.now, log, { serves: false })
  const gateway = await openGateway(config, opened.master, { telemetry, shared })
  const { store, clock } = gateway
  let stopping = false
  const pool = openWorkers(serving, gateway, shared, listen)
  // Whatever ends this process ends them: nobody would commit what they hand over.
  process.on('exit', () => pool.workers.kill())
  try {
    await tellAllInterrupted(gateway)
    await auditStart(store, config, clock())
    await auditUnsealing(store, opened, clock())
    const admin = openAdmin(admin_listen, {
      numbers: pool.numbers,
      isReady: async () => !stopping && pool.workers.ready().length > 0 && (await answers(gateway)),
    })
    await pool.workers.start()
    const { host, port } = listen
    const address = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
    log.info('listening', { address, version: VERSION, count: config.server.workers })
    await Promise.race([stop, pool.workers.broken])
    stopping = true
    log.info('stopping')
    await pool.workers.drain(stop_timeout_ms)
    await admin.stop()
  } finally {
    pool.workers.kill()
    await tellAllInterrupted(gateway).catch(() => undefined)
    await auditStop(store, clock(), log)
    await gateway.close()
    await shared.close()
  }
}

/** The port for all of them, free at this moment: shared ports would let in whoever listens there already. */
async function freePort({ host, port }: Config['server']['listen']) {
  const found = await tryPort(host, port)
  if (typeof found !== 'string') return { host, port: found.port }
  throw cannotListen({ host, port }, Object.assign(new Error(), { code: found }), '[server] listen')
}

/** The pool, with what is passed on between its workers; rolled at SIGHUP and SIGUSR2. */
function openWorkers(
  serving: Serving,
  gateway: Gateway,
  shared: Shared,
  listen: Config['server']['listen'],
) {
  const { config, telemetry } = serving
  const { log, metrics } = telemetry
  const { node, keyring } = gateway
  const circuits = openCircuitBoard()
  const numbers = openNumbers<WorkerProcess>(() => metrics.snapshot())
  const running = new Set<WorkerProcess>()
  const program = [...thisProgram(), WORKER]
  let { sources } = serving
  let started = 0

  const workers: Pool<WorkerProcess> = openPool({
    size: config.server.workers,
    log,
    spawn(place, leaving) {
      const start = {
        worker: place,
        node: `${node}#${place}.${++started}`,
        sources,
        masters: keyring.masters().map(({ key }) => key),
        listen,
        circuits: circuits.list(),
      }
      const calls = keeperCalls(shared, {
        leaving,
        numbers: async (snapshot) => numbers.last(worker, snapshot),
        async circuit(change) {
          circuits.note(change)
          for (const other of running) if (other !== worker) other.hear(change)
        },
      })
      const worker = spawnWorker(program, start, calls, log)
      running.add(worker)
      return worker
    },
    async gone(worker) {
      running.delete(worker)
      numbers.gone(worker)
      await tellInterrupted(gateway, worker.node)
    },
  })

  async function roll(): Promise<void> {
    const next = reread(serving, log)
    if (!next) return
    await auditStart(gateway.store, next.config, gateway.clock(), 'serve.reload')
    sources = next.sources
    log.info('workers.rolling')
    const all = await workers.roll(next.config.server.stop_timeout_ms)
    log[all ? 'info' : 'warn'](all ? 'workers.rolled' : 'workers.not_rolled')
  }

  let rolling = Promise.resolve()
  otherSignals((signal) => {
    if (signal === 'SIGUSR1') return log.info('signal.ignored', { reason: signal })
    rolling = rolling.then(roll).catch((error: unknown) => log.error('fault', fault(error)))
  })
  return { workers, numbers: () => numbers.all([...running]) }
}

/** What this process itself has opened, and cannot open anew. */
const KEPT: readonly ((config: Config) => unknown)[] = [
  ({ server: { listen, admin_listen, workers, node } }) => [listen, admin_listen, workers, node],
  ({ database }) => database,
  ({ sessions }) => sessions,
  ({ vault }) => vault,
  ({ log }) => log,
]

/** The configuration as it is now; null, and told, where it is wrong, or asks for more than other workers. */
function reread(serving: Serving, log: Serving['telemetry']['log']): Reread | null {
  try {
    const next = serving.reread()
    if (KEPT.every((of) => Bun.deepEquals(of(next.config), of(serving.config)))) return next
    throw new OperatorError(
      'of [server] listen, admin_listen, workers, node, of [database], [sessions], [vault] or [log] something was changed',
      'restart it for that',
    )
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    log.error('config.not_reloaded', { reason: `${error.message}; next: ${error.next}` })
    return null
  }
}
