/**
 * @module Serves with one process: nothing that another would have to be asked for, and no memory for a second one.
 */
import { auditStart, auditStop } from '../audit/program.ts'
import { auditUnsealing } from '../custody/audit.ts'
import { openGateway } from '../gateway.ts'
import { VERSION } from '../version.ts'
import { openAdmin } from './admin_listener.ts'
import { answers, LAME_DUCK_MS, listen, tellAllInterrupted, type Serving } from './serving.ts'

/** Serves until it is told to stop. Throws OperatorError where it cannot. */
export async function serveAlone({ config, opened, telemetry, stop }: Serving): Promise<void> {
  const { log } = telemetry
  const { stop_timeout_ms } = config.server
  const gateway = await openGateway(config, opened.master, { telemetry })
  const { store, clock } = gateway
  let ready = true
  const server = await listen(gateway, config.server.listen, { lame_duck_ms: LAME_DUCK_MS })
  try {
    // Before any request of this process can have written a row: writes keep their order.
    await tellAllInterrupted(gateway)
    await auditStart(store, config, clock())
    await auditUnsealing(store, opened, clock())
    const admin = openAdmin(config.server.admin_listen, {
      numbers: async () => telemetry.metrics.snapshot(),
      isReady: async () => ready && (await answers(gateway)),
    })
    log.info('listening', { address: server.url, version: VERSION })
    await stop
    ready = false
    log.info('stopping')
    await server.stop(stop_timeout_ms)
    await admin.stop()
  } finally {
    await server.stop(0)
    await tellAllInterrupted(gateway).catch(() => undefined)
    await auditStop(store, clock(), log)
    await gateway.close()
  }
}
