/**
 * @module The HTTP edge of every route: request id, credential, scope, size, strict JSON; and one form for every error.
 */
import type { TSchema } from '@sinclair/typebox'
import { refusalOf } from './audit/refusal.ts'
import { readBody } from './body.ts'
import { maskError } from './card.ts'
import { GatewayError, type ErrorCode } from './errors.ts'
import { checkSchema } from './api/check.ts'
import { bearer } from './auth/bearer.ts'
import { byCaller, type Caller, type Identity } from './auth/caller.ts'
import type { Gateway } from './gateway.ts'
import { newId } from './id.ts'
import { decodeUtf8, scan, toValue } from './json.ts'
import { addressKey, callerAddress, isUnlistedProxy } from './limits/address.ts'
import type { Visit, Visitor } from './limits/visits.ts'
import { peerOf } from './peer.ts'
import { errorResponse, guards, retryAfter } from './respond.ts'
import type { CallerRoute, Context, JsonBody, Route } from './route.ts'
import { isStorageFailure } from './store/failure.ts'
import { fault, type Fields } from './telemetry/log.ts'

const NO_JSON: JsonBody = { text: '', node: scan('null'), value: undefined }

type Handler = (request: Request, params: Readonly<Record<string, string>>) => Promise<Response>

/** Serves one route: everything that goes wrong comes out as this route's own error. */
export function edge(gateway: Gateway, route: Route): Handler {
  return async function serve(request, params) {
    // Durations are by a clock that nobody sets.
    const began = performance.now()
    const request_id = newId('req', gateway.clock())
    const clock = gateway.steps.begin(request_id, request.headers.get('traceparent'))
    let response: Response
    let caller: Caller | null = null
    let code: ErrorCode | undefined
    let visit: Visit | null = null
    try {
      const address = addressOf(gateway, request)
      if (route.vital) await gateway.limits.turns.next()
      else visit = await gateway.limits.visits.enter(visitorOf(request, address))
      if (!('open' in route)) {
        caller = { ...(await identityOf(gateway, route, request)), request_id }
        await visit?.admit(caller)
        requireScope(route, caller)
      }
      const hold = (bytes: number): void => visit?.hold(bytes)
      const read = () => readBody(request, gateway.config.server.max_body_bytes, hold)
      const bytes = await (visit?.wait(read) ?? read())
      const json = route.body ? readJson(request, bytes, route.shape ?? route.body) : NO_JSON
      // A request of HTTP/1.0 may name no host.
      const url = new URL(request.url, 'http://localhost')
      if (route.query) checkSchema(route.query, queryOf(url))
      const context: Context = { request, request_id, params, url, address, bytes, json }
      try {
        response = await answer(route, clock.done('edge', context), caller)
      } finally {
        // It may have held a card. What was read of it as text is left to the collector.
        bytes.fill(0)
      }
    } catch (cause) {
      clock.failed()
      const error = await suspected(gateway, request, known(gateway, cause, request_id))
      code = error.code
      if (caller) audit(gateway, route, caller, error)
      const id = error.forward?.request_id ?? request_id
      response = route.error?.(error, id, request) ?? errorResponse(error, id)
      const seconds = retryAfter(error)
      if (seconds !== null) response.headers.set('retry-after', String(seconds))
    } finally {
      visit?.leave()
    }
    complete(response, [['x-request-id', request_id]])
    complete(response, guards)
    if (visit) complete(response, visit.headers())
    const fields = {
      request_id,
      method: route.method,
      route: route.path,
      status: response.status,
      ms: Math.round(performance.now() - began),
      ...(caller && { tenant: caller.tenant, caller: caller.id }),
      ...(code !== undefined && { code }),
    }
    tell(gateway, code, fields)
    clock.end(fields)
    return response
  }
}

/** The error, or `rate_limited` in its place where the address has tried too often. */
async function suspected(
  gateway: Gateway,
  request: Request,
  error: GatewayError,
): Promise<GatewayError> {
  if (error.code !== 'unauthenticated') return error
  const peer = peerOf(request)
  // From here on all behind it could be locked out for one of them.
  if (isUnlistedProxy(peer, request.headers, gateway.config.server))
    gateway.limits.unlisted.add(peer)
  return (await gateway.limits.quotas.failed(addressOf(gateway, request))) ?? error
}

/** Adds the headers that it has not of its own: an answer that is passed through may have the PSP's. */
function complete({ headers }: Response, more: readonly (readonly [string, string])[]): void {
  for (const [name, value] of more) if (!headers.has(name)) headers.set(name, value)
}

function visitorOf(request: Request, address: string): Visitor {
  const { headers } = request
  const bytes = headers.has('transfer-encoding') ? Infinity : Number(headers.get('content-length'))
  return { name: addressKey(address), bytes, isGone: () => request.signal.aborted }
}

function addressOf({ config }: Gateway, request: Request): string {
  return callerAddress(peerOf(request), request.headers, config.server)
}

/** A flood has a few lines, and what is more is told of together. */
function tell({ log, limits }: Gateway, code: ErrorCode | undefined, fields: Fields): void {
  const refused = code === 'overloaded' || code === 'rate_limited'
  log[refused && !limits.refusals.add(code) ? 'debug' : 'info']('request', fields)
}

function answer(
  route: Route,
  context: Context,
  caller: Caller | null,
): Promise<Response> | Response {
  if ('open' in route) return route.handle(context)
  if (caller) return route.handle(context, caller)
  throw new GatewayError('unauthenticated', 'The request has no credentials.')
}

async function identityOf(
  gateway: Gateway,
  route: CallerRoute,
  request: Request,
): Promise<Identity> {
  const credential = (route.credential ?? bearer)(request)
  if (!credential) throw new GatewayError('unauthenticated', 'The request has no credentials.')
  return gateway.authenticator.authenticate(credential)
}

function requireScope({ scope, alternative }: CallerRoute, { scopes }: Caller): void {
  if (scope === null || scopes.has(scope)) return
  if (alternative && scopes.has(alternative)) return
  throw new GatewayError('forbidden', `This call needs the scope ${scope}.`)
}

/** Nobody waits for it: that a caller was refused does not depend on whether it can be written down. */
function audit(gateway: Gateway, route: Route, caller: Caller, error: GatewayError): void {
  const entry = refusalOf(error, byCaller(caller, gateway.clock()), caller.tenant, route.path)
  if (!entry) return
  gateway.store.write(entry).catch((unwritten: unknown) => {
    const { request_id } = caller
    gateway.log.warn('audit.unwritten', { request_id, ...fault(unwritten) })
  })
}

/** Each parameter once: of two, the schema would see one and the handler the other. */
function queryOf({ searchParams }: URL): Readonly<Record<string, string>> {
  const names = [...searchParams.keys()]
  const repeated = names.find((name, at) => names.indexOf(name) < at)
  if (repeated === undefined) return Object.fromEntries(searchParams)
  throw new GatewayError('invalid_request', 'A query parameter is repeated.', { param: repeated })
}

function readJson(
  request: Request,
  bytes: Uint8Array,
  schema: TSchema | ((value: unknown) => TSchema),
): JsonBody {
  if (!isJson(request.headers.get('content-type') ?? '')) {
    throw new GatewayError('unsupported_media_type', 'The body is not declared as JSON in UTF-8.')
  }
  const text = decodeUtf8(bytes)
  const node = scan(text)
  const value = toValue(text, node)
  checkSchema(typeof schema === 'function' ? schema(value) : schema, value)
  return { text, node, value }
}

/** RFC 8259, 8.1: JSON is UTF-8, and to say something else is a mistake. */
function isJson(header: string): boolean {
  if (header === 'application/json') return true
  const [type, ...parameters] = header.split(';').map((part) => part.trim().toLowerCase())
  const plain = (text: string): boolean =>
    text.startsWith('charset') ? /^charset="?utf-8"?$/.test(text) : !text.includes(',')
  return type === 'application/json' && parameters.every(plain)
}

/** An error that may be told. What we did not foresee is logged without its words, which may hold anything. */
function known(gateway: Gateway, cause: unknown, request_id: string): GatewayError {
  if (cause instanceof GatewayError) {
    if (cause.cause !== undefined) gateway.log.warn('fault', { request_id, ...fault(cause.cause) })
    return maskError(cause)
  }
  const isStorage = isStorageFailure(cause)
  // While the database is gone there is one for every request, and none is a fault of ours.
  gateway.log[isStorage ? 'warn' : 'error']('fault', { request_id, ...fault(cause) })
  return isStorage
    ? new GatewayError('storage_unavailable', 'The database did not answer.')
    : new GatewayError('internal', 'The request failed by a fault of ours.')
}
