/**
 * @module What the line needs to run: storage, vault, sessions, adapters, the way out, a clock.
 */
import type { Clock } from '../clock.ts'
import type { Destinations } from '../limits/destinations.ts'
import type { Registry } from '../registry.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Later } from '../store/later.ts'
import type { Store } from '../store/open.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Steps } from '../telemetry/steps.ts'
import type { Keyring } from '../vault/keyring.ts'
import type { Vault } from '../vault/vault.ts'
import type { ClearNumbers } from './clear_numbers.ts'
import type { PspSession } from './session.ts'
import type { Transport } from './transport.ts'

export interface Core {
  readonly store: Store
  readonly keyring: Keyring
  readonly vault: Vault
  readonly sessions: Sessions
  readonly registry: Registry
  readonly transport: Transport
  /** How much each destination may be asked to take. */
  readonly destinations: Destinations
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
  readonly steps: Steps
  /** For records that could not be written. */
  readonly later: Later
  /** The name of this server among several on one database. */
  readonly node: string
  /** Sessions at PSPs, by account. */
  readonly pspSessions: Map<string, PspSession>
  /** Whether a caller's own words may hold card numbers. */
  readonly clear_numbers: ClearNumbers
  /** Milliseconds a PSP may take where the caller names no time. */
  readonly timeout_ms: number
}
