/**
 * @module Whose address a request has: the connection's, or what a trusted proxy says of it.
 */
import { parseAddress } from '../address.ts'
import { contains, type Cidr } from '../cidr.ts'

export interface ProxyRules {
  /** Proxies that are believed; of all others the connection's own address counts. */
  readonly trusted_proxies: readonly Cidr[]
  /** The one header that they set, and that they let nobody else set. */
  readonly proxy_header: 'x-forwarded-for' | 'forwarded'
}

/** More than any chain of proxies. */
const MOST_HOPS = 32

/**
 * The caller's address: read from right to left, the first that is no trusted proxy. What a caller wrote into the header
 * stands to the left of that, and is never read.
 */
export function callerAddress(
  peer: string,
  headers: Headers,
  { trusted_proxies, proxy_header }: ProxyRules,
): string {
  let address = plain(peer)
  if (trusted_proxies.length === 0) return address
  const hops = (headers.get(proxy_header) ?? '').split(',').slice(-MOST_HOPS)
  while (hops.length > 0 && trusted_proxies.some((range) => contains(range, address))) {
    const hop = READERS[proxy_header](hops.pop() ?? '')
    // A proxy that hides or garbles an address stands for all behind it.
    if (hop === null || parseAddress(hop) === null) return address
    address = hop
  }
  return address
}

/** Whether a request came by a proxy, as its header says, that is not on the list: all behind it then count as one caller. */
export function isUnlistedProxy(
  peer: string,
  headers: Headers,
  { trusted_proxies, proxy_header }: ProxyRules,
): boolean {
  if (!headers.has(proxy_header)) return false
  const address = plain(peer)
  return !trusted_proxies.some((range) => contains(range, address))
}

/** What is counted as one caller: an IPv4 address, and of IPv6 the network of 64 bits that one customer is given. */
export function addressKey(address: string): string {
  const parsed = parseAddress(address)
  if (!parsed) return 'unknown'
  return parsed.family === 4 ? address : `${(parsed.value >> 64n).toString(16)}/64`
}

const READERS = {
  'x-forwarded-for': (hop: string): string | null => withoutPort(hop.trim()),
  // RFC 7239, 4: `for=192.0.2.43;proto=https`, `for="[2001:db8::1]:4711"`.
  forwarded: (hop: string): string | null => {
    const [, quoted, bare] = /(?:^|;)\s*for=(?:"([^"]*)"|([^;"]*))/i.exec(hop) ?? []
    const node = quoted ?? bare
    return node === undefined ? null : withoutPort(node.trim())
  },
} as const

function withoutPort(text: string): string {
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(text) ?? []
  return plain(bracketed ?? text.replace(/^([\d.]+):\d+$/, '$1'))
}

/** IPv4 as it is seen by a socket for both families. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=[\d.]+$)/i, '')
}
