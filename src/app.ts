/**
 * @module The HTTP application: every route of every API on one Elysia instance, and one answer for what is no route.
 */
import { Elysia } from 'elysia'
import { accountRoutes } from './api/accounts.ts'
import { auditRoutes } from './api/audit.ts'
import { cvcSessionRoutes } from './api/cvc_sessions.ts'
import { destinationRoutes } from './api/destinations.ts'
import { docsRoutes } from './api/docs.ts'
import { forwardRoutes } from './api/forward.ts'
import { forwardsRoutes } from './api/forwards.ts'
import { healthRoutes } from './api/health.ts'
import { keyRoutes } from './api/keys.ts'
import { notificationRoutes } from './api/notifications.ts'
import { oauthRoutes } from './api/oauth.ts'
import { tokenRoutes } from './api/tokens.ts'
import {
  basisTheoryAiRoutes,
  basisTheoryProxyRoutes,
  basisTheoryTokenRoutes,
  ozuraRoutes,
  stitchRoutes,
} from './dialects/index.ts'
import { edge } from './edge.ts'
import { GatewayError } from './errors.ts'
import type { Gateway } from './gateway.ts'
import { newId } from './id.ts'
import { errorResponse } from './respond.ts'
import type { Route } from './route.ts'
import { fault } from './telemetry/log.ts'

/** Every route there is, in the order of the documentation. */
export function routesOf(gateway: Gateway, isReady: () => boolean): readonly Route[] {
  const routes = [
    ...forwardRoutes(gateway),
    ...forwardsRoutes(gateway),
    ...notificationRoutes(gateway),
    ...tokenRoutes(gateway),
    ...cvcSessionRoutes(gateway),
    ...accountRoutes(gateway),
    ...destinationRoutes(gateway),
    ...keyRoutes(gateway),
    ...auditRoutes(gateway),
    ...oauthRoutes(gateway),
    // Before all others below /proxy: its key says that a request is its own.
    ...basisTheoryProxyRoutes(gateway),
    ...basisTheoryTokenRoutes(gateway),
    ...basisTheoryAiRoutes(gateway),
    ...ozuraRoutes(gateway),
    ...stitchRoutes(gateway),
    ...healthRoutes(gateway, isReady),
  ]
  return [...routes, ...docsRoutes(gateway, routes)]
}

/** The application. Bodies are read by the edge, as bytes: Elysia parses and validates none, so that it can repeat none. */
export function createApp(gateway: Gateway, isReady: () => boolean = () => true) {
  const routes = routesOf(gateway, isReady)
  const app = new Elysia({ normalize: false })
    // Registered before the routes, so that it is the one that answers for all of them.
    .onError(async ({ code, error, request }) => {
      await gateway.limits.turns.next()
      const request_id = newId('req', gateway.clock())
      const internal = new GatewayError('internal', 'The request failed by a fault of ours.')
      if (code !== 'NOT_FOUND') gateway.log.error('fault', { request_id, ...fault(error) })
      const told =
        code === 'NOT_FOUND' ? missing(routes, request) : { error: internal, methods: '' }
      const { status } = told.error
      // The path is whatever somebody wrote, so that it is not told.
      const fields = { request_id, method: request.method, status, code: told.error.code }
      const own = code !== 'NOT_FOUND' || gateway.limits.refusals.add(told.error.code)
      gateway.log[own ? 'info' : 'debug']('request', fields)
      return answerTo(told, request_id)
    })
  for (const [path, methods] of byPath(routes)) {
    for (const [method, candidates] of methods) {
      const served = candidates.map((route) => ({ route, serve: edge(gateway, route) }))
      const handle = ({ request, params }: { request: Request; params: Record<string, string> }) =>
        pick(served, request.headers).serve(request, params)
      if (method === 'ANY') app.all(path, handle, { parse: 'none' })
      else app.route(method, path, handle, { parse: 'none' })
    }
  }
  return app
}

interface Served {
  readonly route: Route
  readonly serve: ReturnType<typeof edge>
}

/** The first whose headers these are; else the last, whose error then says what is missing. */
function pick(served: readonly Served[], headers: Headers): Served {
  const own = served.find(({ route }) => route.when?.(headers) ?? true) ?? served.at(-1)
  if (!own) throw new TypeError('a path without a route')
  return own
}

/** For each path and method the routes that may serve it: its own, and those of paths that end in `/*` above it. */
function byPath(routes: readonly Route[]): Map<string, Map<Route['method'], Route[]>> {
  const paths = new Map<string, Map<Route['method'], Route[]>>()
  for (const { path, method } of routes) {
    const methods = paths.get(path) ?? new Map<Route['method'], Route[]>()
    paths.set(path, methods)
    methods.set(
      method,
      routes.filter(
        (route) => (route.method === method || route.method === 'ANY') && matches(route.path, path),
      ),
    )
  }
  return paths
}

interface Missing {
  readonly error: GatewayError
  /** The methods that the path has; empty where it is none. */
  readonly methods: string
}

/** No such path, or a path that exists with other methods, which `Allow` lists (RFC 9110, 15.5.6). */
function missing(routes: readonly Route[], request: Request): Missing {
  // A request of HTTP/1.0 may name no host.
  const { pathname } = new URL(request.url, 'http://localhost')
  // With a slash at the end it is the same path, as it is to the router.
  const bare = (path: string): string => path.replace(/(.)\/$/, '$1')
  const own = routes
    .filter(({ path }) => matches(bare(path), bare(pathname)))
    .map(({ method }) => method)
  const methods = [...new Set(own)].join(', ')
  const hint = 'See /docs for the paths.'
  return {
    methods,
    error:
      methods === ''
        ? new GatewayError('not_found', 'There is no such path.', { hint })
        : new GatewayError('method_not_allowed', `This path takes ${methods}.`),
  }
}

function answerTo({ error, methods }: Missing, request_id: string): Response {
  const response = errorResponse(error, request_id)
  if (methods !== '') response.headers.set('allow', methods)
  response.headers.set('x-request-id', request_id)
  return response
}

function matches(pattern: string, pathname: string): boolean {
  if (pattern === pathname) return true
  if (pattern.endsWith('/*')) return pathname.startsWith(pattern.slice(0, -1))
  const wanted = pattern.split('/')
  const given = pathname.split('/')
  return (
    wanted.length === given.length &&
    wanted.every((part, at) => (part.startsWith(':') ? given[at] !== '' : part === given[at]))
  )
}
