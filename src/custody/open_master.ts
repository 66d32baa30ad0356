/**
 * @module Where the master key comes from, for a server and for a command: a file, a command, or the shares that people hold.
 */
import type { Config } from '../config.ts'
import { OperatorError } from '../errors.ts'
import type { Log } from '../telemetry/log.ts'
import { readMasterKey, type MasterKey } from '../vault/master_key.ts'
import { collectShares, REFUSALS } from './collect.ts'
import { waitForShares, type Unsealed } from './sealed_start.ts'

/** How a server is started. */
interface Starting {
  readonly log: Log
  /** Ends the wait for shares. */
  readonly stop: Promise<void>
}

/**
 * The master key for a server. With `custody = "shares"` it listens on both addresses of the configuration, answers
 * `sealed`, and resolves when enough shares were given, its listeners closed again: they are for the server then. Null
 * when `stop` came first; `shares` is 0 where nobody was asked. Throws OperatorError as {@link readMasterKey} does, and
 * where it cannot listen.
 */
export async function openMaster(
  config: Config,
  { log, stop }: Starting,
): Promise<Unsealed | null> {
  if (config.vault.custody === 'shares') return waitForShares(config, log, stop)
  return { master: readMasterKey(config.vault), shares: 0, refused: 0 }
}

/** Asks a question whose answer does not show. */
export type Ask = (question: string) => Promise<string>

/** The master key for a command: shares are asked for on the terminal. Throws OperatorError. */
export async function askMaster({ vault }: Config, ask: Ask): Promise<MasterKey> {
  if (vault.custody !== 'shares') return readMasterKey(vault)
  // Whether it is the database's key is seen when that is opened.
  const collector = collectShares(async () => true)
  for (;;) {
    const { have, need } = collector.state
    const of = need === 0 ? '' : ` of ${need}`
    const { master, refused } = await collector.offer(await ask(`Share ${have + 1}${of}`))
    if (master) return master
    if (refused) {
      throw new OperatorError(REFUSALS[refused], 'type the command again, and give other shares')
    }
  }
}
