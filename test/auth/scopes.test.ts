/**
 * @module Every route says who may call it, and means it: made from the table of routes.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { routesOf } from '../../src/app.ts'
import { SCOPES } from '../../src/auth/scopes.ts'
import type { Route } from '../../src/route.ts'
import { reach } from '../support/reach.ts'
import { as, startGateway, type Answered, type TestGateway } from '../support/gateway.ts'

let shop: TestGateway
let routes: readonly Route[]
beforeAll(async () => {
  shop = await startGateway()
  routes = routesOf(shop.gateway, () => true)
})
afterAll(() => shop.close())

const named = ({ method, path }: Route): string => `${method} ${path}`

/** Calls a route with a body that it would take as far as the edge goes, under a key in both headers. */
function call(route: Route, key: string): Promise<Answered> {
  const path = route.path.replace(/:\w+/, 'none')
  const credentials =
    key === ''
      ? { authorization: '' }
      : { ...as(key), 'x-api-key': key, 'bt-authorization': `Bearer ${key}` }
  return shop.call(route.method, path, route.body ? {} : undefined, {
    ...reach(routes, route, key),
    ...credentials,
  })
}

test('every route has a scope, or is open, and not both', () => {
  const wrong = routes.filter((route) => {
    const open = 'open' in route && route.open === true
    const scoped = 'scope' in route && (route.scope === null || Object.hasOwn(SCOPES, route.scope))
    return open === scoped
  })
  expect(wrong.map(named)).toEqual([])
})

test('what is open to everybody, or to any key, is a decision and stands here', () => {
  expect(routes.filter((route) => 'open' in route).map(named)).toEqual([
    'POST /v1/notifications/:account',
    'POST /oauth/token',
    'POST /connect/token',
    'GET /.well-known/jwks.json',
    'GET /healthz',
    'GET /readyz',
    'GET /openapi.json',
    'GET /docs',
  ])
  expect(routes.filter((route) => 'scope' in route && route.scope === null).map(named)).toEqual([
    'GET /v1/adapters',
  ])
})

test('every scope is asked for by a route', () => {
  const asked = new Set(routes.flatMap((route) => ('scope' in route ? [route.scope] : [])))
  expect(Object.keys(SCOPES).filter((scope) => ![...asked].some((one) => one === scope))).toEqual(
    [],
  )
})

test('without credentials every route but the open ones is closed', async () => {
  for (const route of routes) {
    const answer = await call(route, '')
    if ('open' in route) {
      expect(answer.status, named(route)).not.toBe(401)
      continue
    }
    expect(answer.status, named(route)).toBe(401)
    if (!route.error) expect(answer.at('error', 'code')).toBe('unauthenticated')
    if (!route.credential) expect(answer.headers.get('www-authenticate')).toBe('Bearer')
  }
})

test('every scope but the one that is asked for is not enough', async () => {
  for (const route of routes) {
    if ('open' in route || route.scope === null) continue
    const enough = [route.scope, route.alternative]
    const others = Object.keys(SCOPES).filter((scope) => !enough.some((one) => one === scope))
    const answer = await call(route, await shop.newKey(others))
    expect(answer.status, named(route)).toBe(403)
    if (!route.error) {
      expect(answer.at('error')).toMatchObject({
        code: 'forbidden',
        message: `This call needs the scope ${route.scope}.`,
        sent: 'no',
      })
    }
  }
})

test('the one scope that is asked for is enough', async () => {
  for (const route of routes) {
    if ('open' in route || route.scope === null) continue
    const answer = await call(route, await shop.newKey([route.scope]))
    expect([401, 403], named(route)).not.toContain(answer.status)
  }
})

test('a key without any scope may ask what any key may, and nothing else', async () => {
  const key = await shop.newKey([])
  for (const route of routes) {
    if ('open' in route) continue
    expect((await call(route, key)).status, named(route)).toBe(route.scope === null ? 200 : 403)
  }
})
