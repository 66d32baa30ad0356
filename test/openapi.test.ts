/**
 * @module The published description of the API: valid, complete, true of what the API answers, and readable without a network.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import { Validator } from '@seriousme/openapi-schema-validator'
import { routesOf } from '../src/app.ts'
import { SCOPES } from '../src/auth/scopes.ts'
import { ERRORS } from '../src/errors.ts'
import type { Route } from '../src/route.ts'
import { canaryCard, canaryCvc, canarySecret } from './support/canary.ts'
import { startGateway, type Answered, type TestGateway } from './support/gateway.ts'

let shop: TestGateway
let routes: readonly Route[]
let document: Answered
let page: string
beforeAll(async () => {
  shop = await startGateway({ toml: '[server]\npublic_url = "https://pay.example/base/"' })
  // The description is not described.
  routes = routesOf(shop.gateway, () => true).filter(
    ({ path }) => !['/openapi.json', '/docs'].includes(path),
  )
  document = await shop.call('GET', '/openapi.json', undefined, { authorization: '' })
  page = (await shop.call('GET', '/docs', undefined, { authorization: '' })).text
})
afterAll(() => shop.close())

const METHODS = ['get', 'post', 'put', 'patch', 'delete']
const pathOf = ({ path }: Route): string => path.replace(/:(\w+)/g, '{$1}')

/** Every method of every path with its route; where APIs share one, the first is described. */
function operations(): ReadonlyMap<string, Route> {
  const all = routes.flatMap((route) =>
    (route.method === 'ANY' ? METHODS : [route.method.toLowerCase()]).map(
      (method) => [`${method} ${pathOf(route)}`, route] as const,
    ),
  )
  return new Map(all.toReversed())
}

describe('the document', () => {
  test('is valid OpenAPI 3.1', async () => {
    const validator = new Validator()
    const result = await validator.validate(Object(document.json))
    expect(result.errors ?? null).toBeNull()
    expect(result.valid).toBe(true)
    expect(validator.version).toBe('3.1')
  })

  test('has no reference that leads nowhere', () => {
    const references = [...document.text.matchAll(/"\$ref":"([^"]*)"/g)].map(([, to = '']) => to)
    expect(references.length).toBeGreaterThan(0)
    for (const to of new Set(references)) {
      expect(to).toStartWith('#/')
      expect(document.at(...to.slice(2).split('/')), to).toBeDefined()
    }
  })

  test('has every route, with its scope and what it takes', () => {
    for (const [name, route] of operations()) {
      const at = (...path: string[]) =>
        document.at('paths', ...name.split(' ').toReversed(), ...path)
      expect(at('summary'), name).toBe(route.summary)
      const error = at('responses', '4XX', '$ref')
      expect(error, name).toBe(route.error ? undefined : '#/components/responses/Error')
      expect(at('requestBody') !== undefined, name).toBe(route.body !== undefined)
      if ('open' in route) expect(at('security'), name).toBeUndefined()
      else {
        expect(at('security'), name).toHaveLength(1)
        expect(at('x-scope') ?? null, name).toBe(route.scope)
      }
      const names = [...route.path.matchAll(/:(\w+)/g)].map(([, parameter]) => parameter)
      const parameters = at('parameters')
      const inPath = (Array.isArray(parameters) ? parameters : []).filter(
        (one) => one.in === 'path',
      )
      expect(
        inPath.map((one) => one.name),
        name,
      ).toEqual(names)
    }
  })

  test('has nothing that is no route', () => {
    const listed = Object.entries(Object(document.at('paths'))).flatMap(([path, methods]) =>
      Object.keys(Object(methods)).map((method) => `${method} ${path}`),
    )
    expect(listed.toSorted()).toEqual([...operations().keys()].toSorted())
  })

  test('names no two operations alike, and all the errors there are', () => {
    const ids = [...document.text.matchAll(/"operationId":"([^"]*)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const codes = document.at(
      'components',
      'schemas',
      'Error',
      'properties',
      'error',
      'properties',
      'code',
      'enum',
    )
    expect(codes).toEqual(Object.keys(ERRORS))
  })

  test('is for everybody, at the address that callers use', () => {
    expect(document.status).toBe(200)
    expect(document.at('servers', 0, 'url')).toBe('https://pay.example/base')
  })
})

describe('what is described is what is answered', () => {
  /** The answers of a life of each kind of thing, checked against the schema of their route. */
  test('in every answer that has a schema', async () => {
    const checked = new Set<string>()
    async function call(method: string, path: string, body?: unknown): Promise<Answered> {
      const answer = await shop.call(method, path, body)
      const bare = path.replace(/\?.*/, '')
      const route = routes.find(
        (one) =>
          one.method === method && new RegExp(`^${one.path.replace(/:\w+/g, '[^/]+')}$`).test(bare),
      )
      if (!route) throw new Error(`no route for ${method} ${path}`)
      const told = `${method} ${path}: ${answer.status}`
      expect(answer.status, told).toBe(route.answer?.status ?? 200)
      const schema = route.answer?.schema
      if (schema) {
        const problems = [...TypeCompiler.Compile(schema).Errors(answer.json)]
        expect(
          problems.map(({ path: where, message }) => `${where} ${message}`),
          told,
        ).toEqual([])
      } else if (answer.status === 204) expect(answer.text).toBe('')
      checked.add(`${method} ${route.path}`)
      return answer
    }
    const expiry = { exp_month: 1, exp_year: 2040 }
    const card = { number: canaryCard(), ...expiry, holder: 'A' }
    const credentials = {
      virtual_card: { number: canaryCard(), ...expiry },
      network_token: { number: canaryCard(), ...expiry, cryptogram: canarySecret(), eci: '05' },
    }
    const made = await call('POST', '/v1/tokens', {
      type: 'card',
      card,
      cvc: canaryCvc(),
      credentials,
    })
    const token = `/v1/tokens/${made.textAt('id')}`
    const bank_account = { account_number: '12345678' }
    await call('POST', '/v1/tokens', { type: 'bank_account', bank_account })
    await call('GET', token)
    await call('GET', '/v1/tokens?limit=1')
    await call('PATCH', token, { metadata: { a: 'b' }, expires_at: '2040-01-01T00:00:00Z' })
    await call('POST', `${token}/reveal`)
    const session = await call('POST', '/v1/cvc-sessions', { cvc: canaryCvc() })
    await call('DELETE', `/v1/cvc-sessions/${session.textAt('id')}`)
    for (const kind of ['/v1/keys', '/v1/clients']) {
      const one = await call('POST', kind, { scopes: [Object.keys(SCOPES)[0]] })
      await call('GET', kind)
      await call('GET', `${kind}/${one.textAt('id')}`)
      await call('DELETE', `${kind}/${one.textAt('id')}`)
    }
    const destination = await call('POST', '/v1/destinations', {
      host: 'psp.example',
      methods: ['POST'],
    })
    await call('GET', '/v1/destinations')
    await call('GET', `/v1/destinations/${destination.textAt('id')}`)
    const body = {
      adapter: 'stripe',
      mode: 'live',
      name: 'a',
      credentials: { api_key: canarySecret() },
    }
    const account = await call('POST', '/v1/accounts', body)
    await call('GET', '/v1/accounts')
    await call('GET', `/v1/accounts/${account.textAt('id')}`)
    const request = { url: 'https://psp.example/', body: { n: '{{ card.number }}' } }
    await call('POST', '/v1/forward', { token: made.at('id'), request, dry_run: true })
    await call('GET', '/v1/forwards')
    await call('GET', '/v1/audit?limit=5')
    await call('GET', '/v1/audit?action=key.create')
    const merchant_secret = canarySecret().slice(0, 32)
    const praxis = await call('POST', '/v1/accounts', {
      ...body,
      adapter: 'praxis',
      name: 'b',
      credentials: { merchant_id: 'm', application_key: 'a', merchant_secret },
    })
    const paid = { trace_id: 7, transaction_status: 'approved' }
    const signature = createHash('sha384').update(`7approved${merchant_secret}`).digest('hex')
    await call('POST', `/v1/notifications/${praxis.textAt('id')}`, { ...paid, signature })
    const notices = await call('GET', '/v1/notifications')
    await call('GET', `/v1/notifications/${notices.textAt('data', 0, 'id')}`)
    await call('DELETE', `/v1/accounts/${account.textAt('id')}`)
    await call('DELETE', `/v1/destinations/${destination.textAt('id')}`)
    await call('DELETE', token)
    for (const path of ['/v1/adapters', '/healthz', '/readyz', '/.well-known/jwks.json']) {
      await call('GET', path)
    }
    const native = routes.filter(
      ({ path }) => path.startsWith('/v1/') && !path.includes('forwards/'),
    )
    const missing = native
      .map(({ method, path }) => `${method} ${path}`)
      .filter((one) => !checked.has(one))
    expect(missing).toEqual([])
  }, 60_000)

  test('in an error', async () => {
    const answer = await shop.call('GET', '/v1/tokens/none')
    const required = document.at(
      'components',
      'schemas',
      'Error',
      'properties',
      'error',
      'required',
    )
    expect(Object.keys(Object(answer.at('error')))).toEqual(
      expect.arrayContaining(Object(required)),
    )
  })
})

describe('the page', () => {
  test('has no script, and nothing that is fetched from elsewhere', () => {
    expect(page).not.toMatch(/<\s*(script|iframe|object|embed|link|img|base|form|svg)\b/i)
    expect(page).not.toMatch(/\son\w+\s*=/i)
    expect(page).not.toMatch(/javascript:|@import|url\(/i)
    for (const [, to] of page.matchAll(/(?:href|src|action)="([^"]*)"/g)) {
      expect(to).toMatch(/^(#[\w-]+|\/openapi\.json)$/)
    }
  })

  test('forbids the browser both', async () => {
    const { headers } = await shop.call('GET', '/docs')
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/script-src|https?:|unsafe-eval/)
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })

  test('names every route, every scope that one asks for, and every error', () => {
    for (const route of routes) {
      expect(page).toContain(`<code>${route.path}</code>`)
      if ('scope' in route && route.scope) expect(page).toContain(route.scope)
    }
    for (const code of Object.keys(ERRORS)) expect(page).toContain(code)
  })

  test('has links that lead somewhere', () => {
    for (const [, id = ''] of page.matchAll(/href="#([^"]*)"/g))
      expect(page).toContain(`id="${id}"`)
  })
})
