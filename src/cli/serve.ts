/**
 * @module `pangate serve`: production.
 */
import { auditStart, auditStop } from '../audit/program.ts'
import { auditUnsealing } from '../custody/audit.ts'
import { openMaster } from '../custody/open_master.ts'
import { openGateway, type Gateway } from '../gateway.ts'
import { serve, type Server } from '../server.ts'
import { markInterrupted } from '../store/forwards.ts'
import { fault, openLog } from '../telemetry/log.ts'
import { openTelemetry } from '../telemetry/telemetry.ts'
import { VERSION } from '../version.ts'
import { openAdmin } from './admin_listener.ts'
import type { Input } from './command.ts'
import { refuseEnvironment } from './environment.ts'
import { onFault } from './faults.ts'
import { hideMemory } from './harden.ts'
import { configOf } from './installation.ts'
import { cannotListen } from './listen.ts'
import { stopSignal } from './stop_signal.ts'
import type { Terminal } from './terminal.ts'

/** Serves until a signal comes. Prints nothing on standard output; its log goes to standard error. */
export async function serveCommand(input: Input, { env, err }: Terminal): Promise<number> {
  // First what is forbidden in any case: it may change what reading the configuration does.
  refuseEnvironment(env, null)
  const { config, warnings } = configOf(input, env)
  refuseEnvironment(env, config)
  for (const warning of warnings) err(`pangate: warning: ${warning}`)
  const plain = openLog({ ...config.log, clock: Date.now, write: err })
  const telemetry = openTelemetry(plain, Date.now)
  const { log } = telemetry
  hideMemory(log)
  const signal = stopSignal()
  const broken = Promise.withResolvers<void>()
  let status = 0
  onFault((kind, error) => {
    log.error('fault', fault(error))
    if (kind === 'unhandledRejection') return
    // After an exception that nobody caught nothing can be relied on: what is under way ends, and the supervisor starts anew.
    status = 1
    broken.resolve()
  })
  // A terminal that goes away is no reason for a server to stop.
  process.on('SIGHUP', () => log.info('hangup.ignored'))

  const opened = await openMaster(config, { log, stop: signal })
  if (!opened) return status
  const gateway = await openGateway(config, opened.master, { telemetry })
  let ready = true
  const server = await listen(gateway, config.server.listen)
  try {
    // Before any request of this process can have written a row: writes keep their order.
    const interrupted = await markInterrupted(gateway.store, gateway.node, gateway.clock())
    if (interrupted > 0) log.warn('forwards.interrupted', { count: interrupted })
    await auditStart(gateway.store, config, gateway.clock())
    await auditUnsealing(gateway.store, opened, gateway.clock())
    const admin = openAdmin(config.server.admin_listen, {
      numbers: async () => telemetry.metrics.snapshot(),
      isReady: async () => ready && (await answers(gateway)),
    })
    log.info('listening', { address: server.url, version: VERSION })
    await Promise.race([signal, broken.promise])
    ready = false
    log.info('stopping')
    await server.stop()
    await admin.stop()
  } finally {
    await server.stop(0)
    await auditStop(gateway.store, gateway.clock(), log)
    await gateway.close()
  }
  log.info('stopped')
  return status
}

/** Listens before anything is changed, so that a second server on the same port touches nothing. */
export async function listen(
  gateway: Gateway,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Server> {
  try {
    return serve(gateway, { hostname: host, port })
  } catch (error) {
    await gateway.close()
    throw cannotListen({ host, port }, error, '[server] listen')
  }
}

async function answers({ store }: Gateway): Promise<boolean> {
  try {
    await store.db.run('select 1')
    return true
  } catch {
    return false
  }
}
