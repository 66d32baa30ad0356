/**
 * @module Tells the log where the chain stands, so that lines taken off its end, or an older copy of the file, are found.
 */
import type { Log } from '../telemetry/log.ts'
import type { AuditChain } from './chain.ts'
import { headText } from './line.ts'

const EVERY_MS = 300_000

/** Logs `audit.head` at intervals where it has moved, and once more when it is closed. */
export function tellHeads(chain: AuditChain, log: Log): { close(): void } {
  let told: string | null = null
  const tell = (): void => {
    const head = chain.head()
    const text = head && headText(head)
    if (text === null || text === told) return
    told = text
    log.info('audit.head', { head: text })
  }
  const timer = setInterval(tell, EVERY_MS)
  timer.unref()
  return {
    close() {
      clearInterval(timer)
      tell()
    },
  }
}
