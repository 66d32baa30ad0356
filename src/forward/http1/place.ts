/**
 * @module Where a request goes: host and port, and how they are written.
 */
import { isIP } from 'node:net'

export interface Place {
  readonly host: string
  readonly port: number
  /** Follows from the host: none for an address. */
  readonly servername: string
  /** Whether the host is an address that is written out. */
  readonly isAddress: boolean
  /** What `Host` says. */
  readonly name: string
}

/** Tenants name hosts, so that there may be any number. */
const MOST = 1_000

const known = new Map<string, Place>()

/** The place of an origin of https. Throws TypeError where it is none. */
export function placeOf(origin: string): Place {
  const found = known.get(origin)
  if (found) return found
  const url = new URL(origin)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = url.port === '' ? 443 : Number(url.port)
  const isAddress = isIP(host) !== 0
  const place = { host, port, servername: isAddress ? '' : host, isAddress, name: url.host }
  if (known.size >= MOST) known.clear()
  known.set(origin, place)
  return place
}
