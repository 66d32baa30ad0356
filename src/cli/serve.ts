/**
 * @module `pangate serve`: production.
 */
import { openMaster } from '../custody/open_master.ts'
import { fault, openLog } from '../telemetry/log.ts'
import { openTelemetry } from '../telemetry/telemetry.ts'
import type { Input } from './command.ts'
import { refuseEnvironment } from './environment.ts'
import { onFault, onWarning } from './faults.ts'
import { hideMemory } from './harden.ts'
import { configOf } from './installation.ts'
import { serveAlone } from './serve_alone.ts'
import { serveWorkers } from './serve_workers.ts'
import type { Serving } from './serving.ts'
import { otherSignals, stopSignal } from './signals.ts'
import { warningsOf } from './surroundings.ts'
import type { Terminal } from './terminal.ts'

/** Serves until a signal comes. Prints nothing on standard output; its log goes to standard error. */
export async function serveCommand(input: Input, { env, err }: Terminal): Promise<number> {
  // First what is forbidden in any case: it may change what reading the configuration does.
  refuseEnvironment(env, null)
  const { config, sources, warnings } = configOf(input, env)
  refuseEnvironment(env, config)
  for (const warning of warnings) err(`pangate: warning: ${warning}`)
  const plain = openLog({ ...config.log, clock: Date.now, write: err })
  const telemetry = openTelemetry(plain)
  const { log } = telemetry
  for (const reason of warningsOf(config)) log.warn('unsafe', { reason })
  hideMemory(log)
  const signal = stopSignal()
  const broken = Promise.withResolvers<void>()
  let status = 0
  onWarning((warning) => log.warn('runtime.warning', fault(warning)))
  onFault((kind, error) => {
    log.error('fault', fault(error))
    if (kind === 'unhandledRejection') return
    // After an exception that nobody caught nothing can be relied on: what is under way ends, and the supervisor starts anew.
    status = 1
    broken.resolve()
  })
  // A terminal that goes away is no reason for a server to stop.
  otherSignals((name) => log.info('signal.ignored', { reason: name }))

  const opened = await openMaster(config, { log, stop: signal })
  if (!opened) return status
  const serving: Serving = {
    config,
    opened,
    telemetry,
    stop: Promise.race([signal, broken.promise]),
    sources,
    reread() {
      const again = configOf(input, env)
      refuseEnvironment(env, again.config)
      return again
    },
  }
  await (config.server.workers === 1 ? serveAlone(serving) : serveWorkers(serving))
  log.info('stopped')
  return status
}
