/**
 * @module Connections that are kept for the next request: by their place, and by whose they are.
 */
import type { ClientRequestArgs } from 'node:http'
import { Agent } from 'node:https'
import type { Identity } from './tls.ts'

interface Owned {
  /** The account with TLS of its own; empty where there is none. */
  readonly owner: string
}

/** What a request says of itself, so that it is given no connection of another account's. */
export function whose(identity: Identity | null): Owned {
  return { owner: identity?.id ?? '' }
}

/** All else is the same for every request here, and would be compared for each. */
export class OwnedAgent extends Agent {
  override getName({ host, port, owner = '' }: ClientRequestArgs & Partial<Owned> = {}): string {
    return `${host}:${port}:${owner}`
  }
}
