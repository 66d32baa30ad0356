/**
 * @module Proxies that nobody listed: each is told of once, because a caller can send the header of one as well.
 */
import type { Log } from '../telemetry/log.ts'

export interface Unlisted {
  /** Tells of the address of a connection, unless it did before. */
  add(peer: string): void
}

/** Addresses that are told of, at most. */
const MOST = 16

export function openUnlisted(log: Log): Unlisted {
  const told = new Set<string>()
  return {
    add(peer) {
      if (told.has(peer) || told.size >= MOST) return
      told.add(peer)
      log.warn('proxy.unlisted', { address: peer })
    },
  }
}
