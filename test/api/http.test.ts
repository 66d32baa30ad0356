/**
 * @module What HTTP itself allows: paths, methods, queries and headers that no route expects.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { routesOf } from '../../src/app.ts'
import type { Route } from '../../src/route.ts'
import { canaryCard } from '../support/canary.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'

const number = canaryCard()
let shop: TestGateway
beforeAll(async () => {
  shop = await startGateway()
})
afterAll(async () => {
  expect(shop.log()).not.toContain(number)
  await shop.close()
})

/** The paths of a route. A slash at the end makes no other path. */
function pattern({ path }: Route): RegExp {
  const words = path.replace(/\/$/, '').replace(/:\w+/g, '[^/]+').replace(/\*$/, '.*')
  return new RegExp(`^${words}/?$`)
}

/** Requests as bytes; what comes back until the server closes the connection. */
function raw(text: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let answer = ''
  const socket = connect(shop.server.port, '127.0.0.1', () => socket.write(text))
  socket.on('error', reject)
  socket.on('close', () => resolve(answer))
  socket.on('data', (chunk) => {
    answer += String(chunk)
  })
  return promise
}

describe('paths', () => {
  test.each([
    ['/', 404],
    ['/nope', 404],
    [`/${number}`, 404],
    ['/v1', 404],
    ['/v1/tokens/a/b', 404],
    ['/v1/tokens/tok_none/reveal/more', 404],
    [`/v1/tokens/${number}`, 404],
    [`/v1/tokens/%20${number}`, 404],
    ['/v1/tokens/%E0%A4%A', 404],
    ['/v1/tokens/%00', 404],
    ['/v1/tokens/a%2Fb', 404],
    ["/v1/tokens/'%20or%201=1--", 404],
    [`/v1/tokens/${'x'.repeat(4000)}`, 404],
    [`/v1/forwards/${number}`, 404],
    [`/v1/accounts/${number}`, 404],
    [`/v1/destinations/${number}`, 404],
    [`/v1/keys/${number}`, 404],
    [`/v1/clients/${number}`, 404],
  ])('GET %s gives %d', async (path, status) => {
    const answer = await shop.call('GET', path)
    expect(answer.status).toBe(status)
    expect(answer.at('error')).toMatchObject({ code: expect.stringMatching(/not_found|_unknown$/) })
    expect(answer.headers.get('x-request-id')).toBe(answer.textAt('error', 'request_id'))
    expect(answer.text).not.toContain(number)
  })

  test.each(['/v1/tokens/ID', '/v1/cvc-sessions/ID', '/v1/accounts/ID', '/v1/destinations/ID'])(
    'DELETE %s of what is not there gives 404',
    async (path) => {
      const answer = await shop.call('DELETE', path.replace('ID', number))
      expect(answer.status).toBe(404)
      expect(answer.at('error', 'sent')).toBe('no')
      expect(answer.text).not.toContain(number)
    },
  )
})

describe('methods', () => {
  test('every path refuses the methods it does not have and lists those it has', async () => {
    const routes = routesOf(shop.gateway, () => true)
    for (const path of new Set(routes.map((route) => route.path.replace(/:\w+/, 'x')))) {
      const same = routes.filter((route) => pattern(route).test(path))
      const own = [...new Set(same.map(({ method }) => method))]
      if (own.includes('ANY')) continue
      const all = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'] as const
      for (const method of all.filter((one) => !own.some((has) => has === one))) {
        const answer = await shop.call(method, path)
        expect(answer.status, `${method} ${path}`).toBe(405)
        expect(answer.at('error')).toMatchObject({ code: 'method_not_allowed', sent: 'no' })
        expect(answer.headers.get('allow')).toBe(own.join(', '))
      }
    }
  })

  test('HEAD is GET without a body', async () => {
    for (const path of ['/healthz', '/readyz', '/v1/tokens', '/docs', '/openapi.json']) {
      const [head, get] = [await shop.call('HEAD', path), await shop.call('GET', path)]
      expect(head.status).toBe(200)
      expect(head.text).toBe('')
      expect(head.headers.get('content-length')).toBe(String(Buffer.byteLength(get.text)))
    }
    expect((await shop.call('HEAD', '/v1/tokens/tok_none')).status).toBe(404)
    expect((await shop.call('HEAD', '/v1/tokens', undefined, { authorization: '' })).status).toBe(
      401,
    )
  })

  test('OPTIONS allows no other site to call', async () => {
    const answer = await shop.call('OPTIONS', '/v1/tokens', undefined, {
      origin: 'https://evil.example',
      'access-control-request-method': 'POST',
    })
    expect(answer.status).toBe(405)
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual(
      [],
    )
  })
})

describe('queries', () => {
  test.each([
    ['limit=0', 'limit'],
    ['limit=-1', 'limit'],
    ['limit=1e3', 'limit'],
    ['limit=1000', 'limit'],
    ['limit=', 'limit'],
    [`limit=${number}`, 'limit'],
    ['limit=abc&limit=5', 'limit'],
    ['limit=5&limit=abc', 'limit'],
    ['limit=5&limit=5', 'limit'],
    [`cursor=${'x'.repeat(65)}`, 'cursor'],
    ['nonsense=1', 'nonsense'],
    ['__proto__=1', '__proto__'],
    ['constructor=1', 'constructor'],
  ])('?%s is refused', async (query, param) => {
    for (const path of ['/v1/tokens', '/v1/forwards']) {
      const answer = await shop.call('GET', `${path}?${query}`)
      expect(answer.status).toBe(400)
      expect(answer.at('error')).toMatchObject({ code: 'invalid_request', param })
      expect(answer.text).not.toContain(number)
    }
  })

  test('a card number in a query is told back nowhere', async () => {
    const grouped = number.replace(/(.{4})/g, '$1 ').trim()
    for (const text of [number, encodeURIComponent(grouped), grouped.replaceAll(' ', '+')]) {
      for (const query of [`${text}=1`, `cursor=${text}`, `fingerprint=${text}`, text]) {
        const answer = await shop.call('GET', `/v1/tokens?${query}`)
        expect([200, 400]).toContain(answer.status)
        expect(answer.text).not.toContain(number)
        expect(answer.text).not.toContain(grouped)
      }
    }
  })
})

describe('headers', () => {
  const forward = { request: { url: 'https://psp.example/', body: {} } }
  test.each([
    ['x'.repeat(256), 400],
    ['a b', 400],
    ['é', 400],
    [number, 400],
    [`order-${number}`, 400],
    ['order-1', 403],
  ])('Idempotency-Key %# gives %d', async (key, status) => {
    const answer = await shop.call('POST', '/v1/forward', forward, { 'idempotency-key': key })
    expect(answer.status).toBe(status)
    if (status === 400) expect(answer.at('error', 'param')).toBe('Idempotency-Key')
    expect(answer.text).not.toContain(number)
  })

  test('a card number in any header is told back nowhere', async () => {
    for (const name of [
      'authorization',
      'x-api-key',
      'x-request-id',
      'accept',
      'cookie',
      'origin',
    ]) {
      const value = name === 'authorization' ? `Bearer ${number}` : number
      const answer = await shop.call('GET', '/v1/tokens/none', undefined, { [name]: value })
      expect([401, 404]).toContain(answer.status)
      expect(answer.text + JSON.stringify([...answer.headers])).not.toContain(number)
    }
  })

  test('a request without a host is answered, as load balancers send them', async () => {
    expect(await raw('GET /healthz HTTP/1.0\r\n\r\n')).toContain('{"status":"ok"}')
    expect(await raw('GET /nope HTTP/1.0\r\n\r\n')).toContain('"code":"not_found"')
  })

  test.each([
    'content-length: LENGTH',
    'content-length: 0\r\ncontent-length: LENGTH',
    'content-length: LENGTH\r\ntransfer-encoding: chunked',
    'transfer-encoding: chunked, identity',
    'transfer-encoding: xchunked',
    'content-length: +LENGTH',
  ])('a body framed by %j is never read as a request', async (framing) => {
    const inner = 'GET /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
    const lines = framing.replace('LENGTH', String(inner.length))
    const last = 'GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
    const answer = await raw(`POST /v1/keys HTTP/1.1\r\nHost: a\r\n${lines}\r\n\r\n${inner}${last}`)
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d/)
    expect(answer).not.toContain('"ready"')
  })
})
