/**
 * @module The way out: HTTPS by connections of our own, which never send twice, follow no redirect and obey no environment.
 */
import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { connect } from 'node:tls'
import { contains, type Cidr } from '../cidr.ts'
import { classifyAddress } from './address.ts'
import type { Outgoing, RawAnswer } from './call.ts'
import { decompress } from './decompress.ts'
import { failure } from './failures.ts'
import { exchange } from './http1/exchange.ts'
import { placeOf, type Place } from './http1/place.ts'
import { openPools, type Pools } from './http1/pool.ts'
import { requestHead } from './http1/request_head.ts'
import { resolveHost } from './resolver.ts'
import { securityOf, type Identity } from './tls.ts'

export interface TransportOptions {
  readonly connect_timeout_ms: number
  readonly max_response_bytes: number
  /** Ranges that requests may go to although they are not public. */
  readonly private_networks: readonly Cidr[]
  /** Certificate authorities trusted beside the built-in ones, in PEM. */
  readonly ca: string | null
  /** Resolves a name; by default as this machine does. */
  readonly resolve?: typeof resolveHost
}

export interface Transport {
  /**
   * Sends one request, once. `timeout` is in milliseconds for everything; `leaving` is called before the first byte leaves.
   * Throws GatewayError: `sent` is `no` until TLS has proved the name, `unknown` after that until the answer is whole.
   */
  send(
    request: Outgoing,
    timeout: number,
    leaving: () => void,
    identity: Identity | null,
  ): Promise<RawAnswer>
  /** Whether an origin takes a connection, tried by a TLS handshake alone; one that is not good is an answer too. */
  reaches(origin: string): Promise<boolean>
  /** Milliseconds a connection is waited for. */
  readonly connect_timeout_ms: number
  connections: Pools['connections']
  close(): void
}

/** Opens the way out. */
export function openTransport(options: TransportOptions): Transport {
  const { max_response_bytes, connect_timeout_ms } = options
  const lookup = vettedLookup(options)
  const pools = openPools(options.ca, lookup)
  const security = securityOf(options.ca, null)
  // The lookup hook is not asked for an address that is written out, so it is classified here.
  const isDenied = ({ isAddress, host }: Place): boolean => isAddress && !allowed(host, options)

  return {
    async send(outgoing, timeout, leaving, identity) {
      const place = placeOf(outgoing.origin)
      // A connection that is there already would take it at once.
      if (timeout <= 0) throw failure('connecting', null, true)
      if (isDenied(place)) throw failure('connecting', denied(), false)
      const answer = await exchange(pools.of(identity), place, {
        bytes: wholeRequest(outgoing, place.name),
        timeout,
        connect_timeout: connect_timeout_ms,
        max_response_bytes,
        leaving,
      })
      const { headers, body } = answer
      if (!headers.some(([name]) => name === 'content-encoding')) return answer
      return { ...answer, body: await decompress(body, headers, max_response_bytes) }
    },
    reaches: (origin) =>
      new Promise<boolean>((resolve) => {
        const place = placeOf(origin)
        if (isDenied(place)) return resolve(true)
        const end = (reached: boolean): void => {
          clearTimeout(timer)
          socket.destroy()
          resolve(reached)
        }
        const timer = setTimeout(end, connect_timeout_ms, false)
        const { host, port, servername } = place
        const socket = connect({ host, port, servername, ...security, lookup })
        socket.once('secureConnect', () => end(true))
        // What is refused for another reason is to be told, and not hidden behind an open circuit.
        socket.on('error', (cause) =>
          end(failure('connecting', cause, false).code !== 'psp_unreachable'),
        )
      }),
    connect_timeout_ms,
    connections: pools.connections,
    close: pools.close,
  }
}

/** Head and body in one: they leave together. */
function wholeRequest(outgoing: Outgoing, name: string): Buffer {
  const head = requestHead(outgoing, name)
  // Not from the pool, whose bytes stand beside those of others.
  const bytes = Buffer.allocUnsafeSlow(head.length + outgoing.body.length)
  bytes.write(head, 'latin1')
  bytes.set(outgoing.body, head.length)
  return bytes
}

/** Resolves a name once; the connection goes to the very address that was checked, and no name with one bad address is used. */
function vettedLookup(options: TransportOptions): LookupFunction {
  return (hostname, { all }, callback) => {
    const resolve = options.resolve ?? resolveHost
    resolve(hostname, { all: true }, (error, addresses: LookupAddress[]) => {
      if (error) return callback(error, '', 0)
      // IPv4 first: fewer hosts announce an IPv6 address that does not answer.
      const sorted = addresses.toSorted((a, b) => a.family - b.family)
      const [first] = sorted
      if (!first) return callback(coded('ENOTFOUND'), '', 0)
      if (!sorted.every(({ address }) => allowed(address, options)))
        return callback(denied(), '', 0)
      if (all) callback(null, sorted)
      else callback(null, first.address, first.family)
    })
  }
}

function allowed(address: string, { private_networks }: TransportOptions): boolean {
  return (
    classifyAddress(address) === 'public' ||
    private_networks.some((range) => contains(range, address))
  )
}

function denied(): NodeJS.ErrnoException {
  return coded('EADDRESSDENIED')
}

function coded(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code })
}
