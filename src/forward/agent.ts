/**
 * @module Connections that are kept for the next request: those of an account with TLS of its own apart from all others.
 */
import type { ClientRequestArgs } from 'node:http'
import { Agent } from 'node:https'
import { securityOf, type Identity } from './tls.ts'

/** Idle connections are dropped before most servers drop them, because a reused one that closes leaves a doubt. */
const IDLE_MS = 4_000
const IDLE_CONNECTIONS = 256
/** Accounts with TLS of their own whose connections are kept; of each a list of authorities is in memory, as read. */
const MOST_OWN = 64

export interface Agents {
  of(identity: Identity | null): Agent
  /** Connections in use, those kept for the next request, and requests that wait for one. */
  connections(): { readonly active: number; readonly idle: number; readonly waiting: number }
  close(): void
}

/** `ca` is trusted besides the built-in authorities, in PEM. */
export function openAgents(ca: string | null): Agents {
  const common = agent(ca, null)
  const own = new Map<string, Agent>()
  return {
    of(identity) {
      if (!identity) return common
      const found = own.get(identity.id) ?? agent(ca, identity)
      // Put last, so that the first is the one that was not used for the longest time.
      own.delete(identity.id)
      own.set(identity.id, found)
      const [oldest] = own.keys()
      // What is under way on it goes on; it only takes up no new requests.
      if (own.size > MOST_OWN && oldest !== undefined) own.delete(oldest)
      return found
    },
    connections() {
      const all = [common, ...own.values()]
      const sum = (read: (one: Agent) => NodeJS.ReadOnlyDict<readonly unknown[]>): number =>
        all.reduce((total, one) => total + count(read(one)), 0)
      return {
        active: sum(({ sockets }) => sockets),
        idle: sum(({ freeSockets }) => freeSockets),
        waiting: sum(({ requests }) => requests),
      }
    },
    close() {
      for (const one of [common, ...own.values()]) one.destroy()
    },
  }
}

function agent(ca: string | null, identity: Identity | null): Agent {
  return new PlaceAgent({
    keepAlive: true,
    timeout: IDLE_MS,
    maxFreeSockets: IDLE_CONNECTIONS,
    // Of the agent and not of each request: with a check of names of its own, Bun keeps no connection.
    ...securityOf(ca, identity),
  })
}

/** Connections by their place alone: all else is the same for every request of an agent, and would be compared for each. */
class PlaceAgent extends Agent {
  override getName({ host, port }: ClientRequestArgs = {}): string {
    return `${host}:${port}`
  }
}

/** How many stand in lists by name. */
function count(lists: NodeJS.ReadOnlyDict<readonly unknown[]>): number {
  return Object.values(lists).reduce((sum, list) => sum + (list?.length ?? 0), 0)
}
