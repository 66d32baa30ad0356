/**
 * @module Connections that are kept for the next request: those of an account with TLS of its own apart from all others.
 */
import type { LookupFunction } from 'node:net'
import { securityOf, type Identity } from '../tls.ts'
import { Connection, type Rider } from './connection.ts'
import type { Place } from './place.ts'

/** Idle connections are dropped before most servers drop them, because a reused one that closes leaves a doubt. */
const IDLE_MS = 4_000
/** Kept for each place. */
const IDLE_CONNECTIONS = 256
/** Accounts with TLS of their own whose connections are kept; of each a list of authorities is in memory, as read. */
const MOST_OWN = 64
/** Handshakes with one place at a time: each takes most of a millisecond of this process, and whoever else runs waits for that. */
const HANDSHAKES = 8
/** One that takes longer waits for the network, and the next may begin. */
const FAR_MS = 20
/** How often those are looked for that were idle for too long. */
const SWEEP_MS = 1_000

export interface Pools {
  of(identity: Identity | null): Pool
  /** Connections that carry a request, those kept for the next one, and requests that wait until theirs has come about. */
  connections(): { readonly active: number; readonly idle: number; readonly waiting: number }
  /** Ends all; requests on them fail. */
  close(): void
}

/** `ca` is trusted besides the built-in authorities, in PEM; `lookup` says which address a name has. */
export function openPools(ca: string | null, lookup: LookupFunction): Pools {
  const common = new Pool(ca, null, lookup)
  const own = new Map<string, Pool>()
  /** Those too whose last requests are still under way. */
  const all = new Set([common])
  return {
    of(identity) {
      if (!identity) return common
      const found = own.get(identity.id) ?? new Pool(ca, identity, lookup)
      // Put last, so that the first is the one that was not used for the longest time.
      own.delete(identity.id)
      own.set(identity.id, found)
      all.add(found)
      const [[id, oldest] = []] = own
      if (own.size > MOST_OWN && id !== undefined && oldest) {
        own.delete(id)
        oldest.retire(() => all.delete(oldest))
      }
      return found
    },
    connections() {
      const counts = { active: 0, idle: 0, waiting: 0 }
      for (const pool of all) pool.count(counts)
      return counts
    },
    close() {
      for (const pool of all) pool.close()
    },
  }
}

export class Pool {
  readonly #options: ReturnType<typeof securityOf> & { readonly lookup: LookupFunction }
  readonly #open = new Set<Connection>()
  /** By place, the one that was used last at the end. */
  readonly #idle = new Map<string, Connection[]>()
  /** By place, those that do not stand yet, each with the request that waits for it. */
  readonly #connecting: ByPlace = new Map()
  /** By place, those that do not stand yet, and whose request went over another one. */
  readonly #spare: ByPlace = new Map()
  /** By place, those that are to be begun when others are done: all of them are in `#connecting` too. */
  readonly #line: ByPlace = new Map()
  /** By place, those that were begun just now, each until it stands, is gone, or takes long. */
  readonly #begun = new Map<string, Map<Connection, Timer>>()
  #sweeping: Timer | null = null
  /** Set when it keeps no more: told when its last connection is gone. */
  #retired: (() => void) | null = null

  constructor(ca: string | null, identity: Identity | null, lookup: LookupFunction) {
    this.#options = { ...securityOf(ca, identity), lookup }
  }

  /**
   * Has a request carried: by a connection that is there, else by a new one, or one that is done before that stands. Its rider is
   * told when it is ready.
   */
  carry({ host, port, servername }: Place, rider: Rider): Connection {
    const place = `${host}:${port}`
    const now = performance.now()
    const idle = this.#idle.get(place)
    for (let kept = idle?.pop(); kept; kept = idle?.pop()) {
      if (kept.isUsable(now)) {
        kept.carry(rider)
        return kept
      }
      kept.destroy()
    }
    const [begun] = this.#spare.get(place) ?? []
    if (begun) {
      drop(this.#spare, begun)
      begun.carry(rider)
      put(this.#connecting, begun)
      return begun
    }
    const options = { ...this.#options, host, port, servername }
    const made = new Connection(place, options, rider, {
      stands: (ready) => this.#settled(ready),
      spare: (ready) => {
        drop(this.#spare, ready)
        this.keep(ready, null)
      },
      closed: (gone) => this.#forget(gone),
    })
    this.#open.add(made)
    put(this.#connecting, made)
    put(this.#line, made)
    this.#beginNext(place)
    return made
  }

  /** Takes a connection back whose request is done. `keep_ms` is how long it may be kept as far as the server goes. */
  keep(connection: Connection, keep_ms: number | null): void {
    connection.release()
    connection.until = performance.now() + Math.min(keep_ms ?? IDLE_MS, IDLE_MS)
    const idle = this.#idle.get(connection.place) ?? []
    if (keep_ms === 0 || this.#retired) return connection.destroy()
    // After a stall many wait for connections of their own, which takes the longer the more they are.
    const waiting = connection.isUsable(performance.now()) && this.#longestWaiting(connection.place)
    if (waiting) return connection.carry(waiting)
    if (idle.length >= IDLE_CONNECTIONS) return connection.destroy()
    this.#idle.set(connection.place, idle)
    idle.push(connection)
    // It holds up nobody who wants to end: a program is not kept running by what is idle.
    this.#sweeping ??= setInterval(() => this.#sweep(), SWEEP_MS).unref()
  }

  /** What is under way goes on; nothing is kept, and no new requests are to come. */
  retire(done: () => void): void {
    this.#retired = done
    for (const connection of this.#open) if (connection.state === 'idle') connection.destroy()
    if (this.#open.size === 0) done()
  }

  count(counts: { active: number; idle: number; waiting: number }): void {
    for (const { state } of this.#open) counts[state === 'connecting' ? 'waiting' : state]++
  }

  close(): void {
    this.#line.clear()
    for (const connection of this.#open) connection.destroy()
  }

  /** The request that has waited longest for a connection to a place. What was begun for it is for the next that needs one. */
  #longestWaiting(place: string): Rider | null {
    const connecting = this.#connecting.get(place)
    for (const one of connecting ?? []) {
      connecting?.delete(one)
      if (one.state !== 'connecting') continue
      if (one.isBegun) put(this.#spare, one)
      else this.#forget(one)
      return one.release()
    }
    this.#connecting.delete(place)
    return null
  }

  /** Begins those whose turn it is. */
  #beginNext(place: string): void {
    let [next] = this.#line.get(place) ?? []
    while (next && (this.#begun.get(place)?.size ?? 0) < HANDSHAKES) {
      const one = next
      drop(this.#line, one)
      const begun = this.#begun.get(place) ?? new Map<Connection, Timer>()
      this.#begun.set(place, begun)
      begun.set(
        one,
        setTimeout(() => this.#settled(one), FAR_MS),
      )
      one.begin()
      ;[next] = this.#line.get(place) ?? []
    }
  }

  /** This process has nothing to do for its handshake any more, or not soon. */
  #settled(connection: Connection): void {
    const { place } = connection
    const begun = this.#begun.get(place)
    clearTimeout(begun?.get(connection))
    if (!begun?.delete(connection)) return
    if (begun.size === 0) this.#begun.delete(place)
    this.#beginNext(place)
  }

  #forget(connection: Connection): void {
    this.#open.delete(connection)
    drop(this.#connecting, connection)
    drop(this.#spare, connection)
    drop(this.#line, connection)
    this.#settled(connection)
    const idle = this.#idle.get(connection.place)
    const at = idle?.indexOf(connection) ?? -1
    if (at >= 0) idle?.splice(at, 1)
    if (this.#open.size === 0) this.#retired?.()
  }

  #sweep(): void {
    const now = performance.now()
    for (const [place, idle] of this.#idle) {
      // Destroying one takes it out of its list.
      for (const one of [...idle]) if (!one.isUsable(now)) one.destroy()
      if (idle.length === 0) this.#idle.delete(place)
    }
    if (this.#idle.size > 0 || !this.#sweeping) return
    clearInterval(this.#sweeping)
    this.#sweeping = null
  }
}

type ByPlace = Map<string, Set<Connection>>

function put(all: ByPlace, connection: Connection): void {
  const own = all.get(connection.place)
  if (own) own.add(connection)
  else all.set(connection.place, new Set([connection]))
}

function drop(all: ByPlace, connection: Connection): void {
  const own = all.get(connection.place)
  if (own?.delete(connection) && own.size === 0) all.delete(connection.place)
}
