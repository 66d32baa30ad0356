/**
 * @module Everything a running program holds, put together from its configuration.
 */
import { readFileSync } from 'node:fs'
import { auditingLog } from './audit/program.ts'
import { tellHeads } from './audit/tell.ts'
import { openAuthenticator, type Authenticator } from './auth/authenticate.ts'
import { openIssuer, type Issuer } from './auth/issuer.ts'
import type { Clock } from './clock.ts'
import type { Config } from './config.ts'
import { OperatorError } from './errors.ts'
import type { Core } from './forward/core.ts'
import { openLimits, type Limits } from './limits/limits.ts'
import { openTransport } from './forward/transport.ts'
import { watchGateway, watchKept, watchStore } from './numbers.ts'
import { openFolder, type AdapterFolder } from './external/folder.ts'
import { BUILT_IN, openRegistry, type Registry } from './registry.ts'
import { openSessions } from './sessions/sessions.ts'
import { openPlaces, type Places } from './in_redis.ts'
import { openShared, type Shared } from './shared.ts'
import { openLater } from './store/later.ts'
import { keepPruning } from './store/retention.ts'
import { fault, openLog, type Log } from './telemetry/log.ts'
import { openTelemetry, type Telemetry } from './telemetry/telemetry.ts'
import { exportTraces } from './telemetry/traces.ts'
import { attachAudit } from './vault/audit_chain.ts'
import { openKeyring } from './vault/keyring.ts'
import type { MasterKey } from './vault/master_key.ts'
import { keepErasing } from './tokens/expire.ts'
import { openReplies, type Replies } from './vault/replies.ts'
import { openVault } from './vault/vault.ts'

export interface Gateway extends Core {
  readonly config: Config
  readonly issuer: Issuer
  readonly authenticator: Authenticator
  readonly replies: Replies
  readonly limits: Limits
  close(): Promise<void>
}

/** What tests and `pangate dev` put in place of the real thing. */
export interface Parts {
  readonly clock?: Clock
  readonly log?: Log
  /** With a log of its own. */
  readonly telemetry?: Telemetry
  readonly registry?: Registry
  /** Kept by another process; closed by who gave it. */
  readonly shared?: Shared
  /** The name of this process in records, where it is not the only one of its server. */
  readonly node?: string
}

/** Opens everything. Throws OperatorError with the next command to type. */
export async function openGateway(
  config: Config,
  master: MasterKey,
  parts: Parts = {},
): Promise<Gateway> {
  const clock = parts.clock ?? Date.now
  const plain = parts.log ?? openLog({ ...config.log, clock, write: (line) => console.error(line) })
  const telemetry = parts.telemetry ?? openTelemetry(plain)
  const { log, metrics, steps } = telemetry
  const shared = parts.shared ?? (await openShared(config, clock, log))
  const { store, keeper, writer } = shared
  let places: Places | null = null
  try {
    const keyring = await openKeyring(store, master)
    keyring.watch(log)
    const heads = writer ? tellHeads(await attachAudit(store, keyring, clock), log) : null
    places = await openPlaces(config.sessions, shared, keyring, clock, telemetry)
    const { kept, quotas, close: closePlaces } = places
    const share = shared.circuits && { share: shared.circuits }
    const audited = auditingLog(log, store, clock)
    const limiting = { clock, log: audited, store: quotas, ...share }
    const limits = openLimits(config.limits, limiting)
    const sessions = openSessions(kept, keyring.ownKey('sessions'), config.sessions, clock)
    const issuer = await openIssuer(store, keyring, config.server.public_url, clock)
    const later = openLater(store.write, log)
    const vault = openVault(store, keyring, clock)
    const erasing = keeper
      ? keepErasing({ vault, sessions }, (error) => log.warn('tokens.not_erased', fault(error)))
      : null
    const { keep_records_days } = config.database
    const pruning =
      keeper && keep_records_days > 0
        ? keepPruning(keep_records_days, { store, clock }, (error) =>
            log.warn('records.not_pruned', fault(error)),
          )
        : null
    const ca = readCa(config.egress.ca_file)
    const transport = openTransport({ ...config.egress, ca })
    exportTraces(telemetry, config.telemetry, ca)
    watchGateway(metrics, { transport, limits })
    watchStore(metrics, store)
    if (keeper) watchKept(metrics, kept)
    const folder = await openAdapters(config.adapters, keeper ? audited : log, true)
    return {
      config,
      clock,
      log,
      metrics,
      steps,
      store,
      keyring,
      sessions,
      issuer,
      transport,
      limits,
      destinations: limits.destinations,
      node: parts.node ?? config.server.node,
      later,
      pspSessions: new Map(),
      vault,
      replies: openReplies(store, keyring, clock),
      registry: parts.registry ?? openRegistry(undefined, folder?.adapters),
      authenticator: openAuthenticator(store, issuer, config.auth.issuers, clock),
      timeout_ms: config.egress.timeout_ms,
      clear_numbers: config.egress.card_numbers_in_clear,
      async close() {
        folder?.close()
        erasing?.close()
        transport.close()
        limits.close()
        closePlaces()
        await pruning?.close()
        await later.close()
        await keyring.close()
        heads?.close()
        if (!parts.shared) await shared.close()
        await telemetry.close()
      },
    }
  } catch (error) {
    places?.close()
    if (!parts.shared) await shared.close()
    throw error
  }
}

/** The folder of external adapters, or null where there is none. Throws OperatorError where it cannot be read. */
export async function openAdapters(
  { dir, ...rules }: Config['adapters'],
  log: Log,
  watch: boolean,
): Promise<AdapterFolder | null> {
  return dir === null ? null : openFolder({ dir, ...rules, builtIn: BUILT_IN, log, watch })
}

function readCa(file: string | null): string | null {
  if (file === null) return null
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new OperatorError(
      `the certificate authority file ${file} cannot be read`,
      'check [egress] ca_file in pangate.toml',
    )
  }
}
