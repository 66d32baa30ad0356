/**
 * @module The way out: HTTPS by `node:https`, which never sends twice, follows no redirect and obeys no environment.
 */
import type { LookupAddress } from 'node:dns'
import { request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction, type Socket } from 'node:net'
import { connect } from 'node:tls'
import { contains, type Cidr } from '../cidr.ts'
import { classifyAddress } from './address.ts'
import { openAgents, type Agents } from './agent.ts'
import type { Outgoing, RawAnswer } from './call.ts'
import { decompress } from './decompress.ts'
import { brokenAnswer, failure, type Phase } from './failures.ts'
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
  connections: Agents['connections']
  close(): void
}

/** Opens the way out. */
export function openTransport(options: TransportOptions): Transport {
  const lookup = vettedLookup(options)
  const agents = openAgents(options.ca)
  const security = securityOf(options.ca, null)

  return {
    send: (outgoing, timeout, leaving, identity) =>
      new Promise<RawAnswer>((resolve, reject) => {
        const { target, name } = targetOf(outgoing.origin)
        const { host } = target
        // A connection that is there already would take it at once.
        if (timeout <= 0) return reject(failure('connecting', null, true))
        // The lookup hook is not asked for an address that is written out, so it is classified here.
        if (isIP(host) && !allowed(host, options)) {
          return reject(failure('connecting', denied(), false))
        }
        let phase: Phase = 'connecting'
        let timedOut = false
        let sentAt = 0
        const fail = (cause: unknown): void => {
          finish()
          request.destroy()
          reject(failure(phase, cause, timedOut))
        }
        const expire = (): void => {
          timedOut = true
          fail(null)
        }
        const deadline = setTimeout(expire, Math.max(0, timeout))
        const connecting = setTimeout(expire, Math.min(options.connect_timeout_ms, timeout))
        const finish = (): void => {
          clearTimeout(deadline)
          clearTimeout(connecting)
        }
        const request = httpsRequest({
          agent: agents.of(identity),
          lookup,
          ...target,
          method: outgoing.method,
          path: outgoing.target,
          headers: headerList(outgoing, name),
          setHost: false,
        })
        // Opening the connection sends nothing of the request: head and body go together, from here.
        const ready = (): void => {
          clearTimeout(connecting)
          phase = 'sending'
          sentAt = performance.now()
          leaving()
          request.end(outgoing.body)
        }
        request.on('error', fail)
        request.on('socket', (socket: Socket) => {
          if (request.reusedSocket) ready()
          else socket.once('secureConnect', ready)
        })
        request.on('upgrade', () => fail(null))
        request.on('response', (response) => {
          phase = 'answering'
          const chunks: Buffer[] = []
          let size = 0
          response.on('data', (chunk: Buffer) => {
            size += chunk.length
            if (size <= options.max_response_bytes) return void chunks.push(chunk)
            finish()
            request.destroy()
            reject(brokenAnswer('The answer of the PSP is over the limit.'))
          })
          response.on('error', fail)
          response.on('aborted', () => fail(null))
          response.on('end', () => {
            if (!response.complete) return fail(null)
            finish()
            const psp_ms = Math.round(performance.now() - sentAt)
            const status = response.statusCode ?? 0
            const headers = pairs(response.rawHeaders)
            decompress(Buffer.concat(chunks), headers, options.max_response_bytes).then(
              (body) => resolve({ status, headers, body, psp_ms }),
              reject,
            )
          })
        })
      }),
    reaches: (origin) =>
      new Promise<boolean>((resolve) => {
        const { target } = targetOf(origin)
        if (isIP(target.host) && !allowed(target.host, options)) return resolve(true)
        const end = (reached: boolean): void => {
          clearTimeout(timer)
          socket.destroy()
          resolve(reached)
        }
        const timer = setTimeout(end, options.connect_timeout_ms, false)
        const socket = connect({ ...target, ...security, lookup })
        socket.once('secureConnect', () => end(true))
        // What is refused for another reason is to be told, and not hidden behind an open circuit.
        socket.on('error', (cause) =>
          end(failure('connecting', cause, false).code !== 'psp_unreachable'),
        )
      }),
    connect_timeout_ms: options.connect_timeout_ms,
    connections: agents.connections,
    close: agents.close,
  }
}

interface Target {
  readonly host: string
  readonly port: number
  /** Follows from the host: none for an address. */
  readonly servername: string
}

/** Where to connect, and what `Host` says. */
function targetOf(origin: string): { readonly target: Target; readonly name: string } {
  const url = new URL(origin)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = url.port === '' ? 443 : Number(url.port)
  return { target: { host, port, servername: isIP(host) ? '' : host }, name: url.host }
}

function headerList({ headers, body, method }: Outgoing, name: string): string[] {
  const list = ['Host', name, ...headers.flat()]
  const bodiless = body.length === 0 && (method === 'GET' || method === 'DELETE')
  return bodiless ? list : [...list, 'Content-Length', String(body.length)]
}

function pairs(raw: readonly string[]): readonly (readonly [string, string])[] {
  const list: [string, string][] = []
  for (let i = 0; i + 1 < raw.length; i += 2) {
    list.push([(raw[i] ?? '').toLowerCase(), raw[i + 1] ?? ''])
  }
  return list
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
