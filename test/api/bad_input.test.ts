/**
 * @module Every route given what it should not be given: our error in its own form, the right status, and never the card number.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { gzipSync } from 'node:zlib'
import { routesOf } from '../../src/app.ts'
import { ERRORS } from '../../src/errors.ts'
import type { Route } from '../../src/route.ts'
import { canaryCard } from '../support/canary.ts'
import { reach } from '../support/reach.ts'
import { startGateway, type Answered, type TestGateway } from '../support/gateway.ts'
import { BODIES } from './bodies.ts'
import { positions, replaceAt } from './positions.ts'

const LIMIT = 8192
const number = canaryCard()
const spaced = number.replace(/(.{4})/g, '$1 ').trim()

/** Fields that take any JSON, and those for which a card number is what they are made for. */
const ANYTHING = /^(request\.body|destinationRequest\.body|request_data|extra)(\.|$)/
const SEALED =
  /(^|\.)number$|account_number$|cardNumber$|accountNumber$|credentials\.network_token\.cryptogram$|^credentials\.api_key$/

let shop: TestGateway
let routes: readonly Route[]
beforeAll(async () => {
  shop = await startGateway({ toml: `[server]\nmax_body_bytes = ${LIMIT}\n` })
  routes = routesOf(shop.gateway, () => true)
})
afterAll(async () => {
  expect(shop.log()).not.toContain(number)
  expect(shop.log()).not.toContain(spaced)
  await shop.close()
})

const named = ({ method, path }: Route): string => `${method} ${path}`
const withBody = (): readonly Route[] => routes.filter(({ body }) => body)

/** Some APIs have their key in a header of their own; sent to all. */
function call(
  route: Route,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
  path = route.path.replace(/:\w+/, 'tok_none').replace('*', 'x'),
): Promise<Answered> {
  return shop.call(route.method === 'ANY' ? 'POST' : route.method, path, body, {
    'x-api-key': shop.key,
    'bt-authorization': `Bearer ${shop.key}`,
    ...reach(routes, route, shop.key),
    ...headers,
  })
}

/** The error is told in the form of the route's API, and says that nothing was sent. */
function expectError(route: Route, answer: Answered, status: number, code: string): void {
  const told = `${named(route)}: ${answer.status} ${answer.text}`
  expect(answer.status, told).toBe(status)
  expect(answer.text, told).not.toContain(number)
  if (route.tag === 'Ozura') {
    expect(answer.json, told).toMatchObject({ success: false, data: null, code, sent: 'no' })
  } else if (route.tag === 'Stitch') {
    expect(answer.json, told).toMatchObject({ statusCode: status, code, sent: 'no' })
    expect(answer.textAt('requestId')).toMatch(/^req_/)
  } else if (route.tag.startsWith('Basis Theory')) {
    expect(Object.keys(Object(answer.json)), told).not.toEqual([])
    expect(answer.headers.get('x-sent') ?? 'no').toBe('no')
  } else if (route.path === '/oauth/token' || route.path === '/connect/token') {
    expect(answer.json).toMatchObject({ error: expect.any(String) })
    return
  } else {
    expect(Object.keys(ERRORS), told).toContain(code)
    expect(answer.json, told).toMatchObject({
      error: { code, sent: 'no', message: expect.any(String), hint: expect.stringMatching(/./) },
    })
    expect(answer.textAt('error', 'request_id')).toMatch(/^req_/)
  }
  expect(answer.headers.get('content-type')).toBe('application/json')
  expect(answer.headers.get('cache-control')).toBe('no-store')
}

/** Sent without a length, as what comes to an end is not known before. */
function inChunks(text: string): ReadableStream {
  const chunks = text.match(/[^]{1,5000}/g) ?? []
  return new ReadableStream({
    pull(stream) {
      const chunk = chunks.shift()
      if (chunk === undefined) stream.close()
      else stream.enqueue(new TextEncoder().encode(chunk))
    },
  })
}

test('the table has a body for every route that takes one', () => {
  expect(withBody().map(named).toSorted()).toEqual(Object.keys(BODIES).toSorted())
})

describe('a body that is no good', () => {
  const text = (bytes: string) => new TextEncoder().encode(bytes)
  test.each([
    ['is empty', '', 'invalid_json'],
    ['is white space', ' \n', 'invalid_json'],
    ['is cut off', '{"a":', 'invalid_json'],
    ['is followed by more', '{} {}', 'invalid_json'],
    ['has a trailing comma', '{"a":1,}', 'invalid_json'],
    ['has a comment', '{} // a', 'invalid_json'],
    ['has NaN in it', '{"a":NaN}', 'invalid_json'],
    ['repeats a key', '{"a":1,"a":2}', 'invalid_json'],
    ['repeats a key in other spelling', '{"a":1,"\\u0061":2}', 'invalid_json'],
    ['repeats a key further down', '{"x":[{"a":1,"a":2}]}', 'invalid_json'],
    ['is nested deeply', `${'['.repeat(2000)}${']'.repeat(2000)}`, 'invalid_json'],
    ['is nested and not closed', '{"a":'.repeat(1500), 'invalid_json'],
    ['begins with a byte order mark', '\ufeff{}', 'invalid_json'],
    ['is not UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d), 'invalid_json'],
    ['is UTF-16', Uint8Array.from(Buffer.from('{"a":1}', 'utf16le')), 'invalid_json'],
    ['has a card number where JSON ends', `{"a":"b"} ${number}`, 'invalid_json'],
    ['has a card number as a broken value', `{"a":${number}x}`, 'invalid_json'],
    ['is null', 'null', 'invalid_request'],
    ['is a list', '[]', 'invalid_request'],
    ['is a text', `"${number}"`, 'invalid_request'],
    ['is a number', number, 'invalid_request'],
    ['has an unknown field', '{"nonsense":1}', 'invalid_request'],
    ['has __proto__ in it', '{"__proto__":{"type":"card"}}', 'invalid_request'],
    ['has constructor in it', '{"constructor":{"prototype":{}}}', 'invalid_request'],
    ['has a card number as a key', `{"${number}":1}`, 'invalid_request'],
    ['has a card number in groups as a key', `{"${spaced}":1}`, 'invalid_request'],
  ])('it %s', async (_, body, code) => {
    for (const route of withBody()) {
      const bytes = typeof body === 'string' ? text(body) : body
      const answer = await call(route, bytes)
      expectError(route, answer, 400, code)
      expect(answer.text).not.toContain(spaced)
    }
  })

  test.each([
    ['text', { 'content-type': 'text/plain' }, '{}'],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'a=b'],
    ['something with a card number', { 'content-type': `application/${number}` }, '{}'],
    ['nothing', { 'content-type': '' }, '{}'],
  ])('it is declared as %s', async (_, headers, body) => {
    for (const route of withBody()) {
      // A form is another way to make Ozura's call.
      if (route.path === '/proxy/transaction' && body === 'a=b') continue
      expectError(route, await call(route, body, headers), 415, 'unsupported_media_type')
    }
  })

  test('it is compressed', async () => {
    for (const route of withBody()) {
      const body = Uint8Array.from(gzipSync('{}'))
      const answer = await call(route, body, { 'content-encoding': 'gzip' })
      expectError(route, answer, 415, 'unsupported_media_type')
    }
  })

  test('it declares a character set, which changes nothing', async () => {
    for (const route of withBody()) {
      const answer = await call(route, '[]', { 'content-type': 'Application/JSON; charset=utf-8' })
      expectError(route, answer, 400, 'invalid_request')
    }
  })
})

describe('a body over the limit', () => {
  const large = (size: number): string => `{"a":"${number}${'x'.repeat(size)}"}`
  test.each([LIMIT, 3 * LIMIT, 40 * LIMIT])('of %d bytes, by its declared length', async (size) => {
    for (const route of routes.filter(({ method }) => method !== 'GET')) {
      expectError(route, await call(route, large(size)), 413, 'body_too_large')
    }
  })
  test.each([LIMIT, 3 * LIMIT, 40 * LIMIT])('of %d bytes, in chunks', async (size) => {
    for (const route of routes.filter(({ method }) => method !== 'GET')) {
      const stream = inChunks(large(size))
      expectError(route, await call(route, stream), 413, 'body_too_large')
    }
  })
  test('is over by one byte; at the limit it is read', async () => {
    const route = withBody().find(({ path }) => path === '/v1/keys')
    if (!route) throw new Error('no such route')
    const body = (size: number): string => `"${'x'.repeat(size - 2)}"`
    expectError(route, await call(route, body(LIMIT)), 400, 'invalid_request')
    expectError(route, await call(route, body(LIMIT + 1)), 413, 'body_too_large')
  })
})

describe('a body that is nearly good', () => {
  test('the bodies of the table are good', async () => {
    for (const route of withBody()) {
      for (const body of BODIES[named(route)] ?? []) {
        const answer = await call(route, body)
        const code = answer.textAt('error', 'code') || answer.textAt('code')
        expect(
          // A live key makes no test tokens.
          ['', 'account_unknown', 'token_unknown', 'destination_denied', 'forbidden'],
          answer.text,
        ).toContain(code)
      }
    }
  })

  test.each([[true], [12.5], [[1]], [{ a: 1 }], [[[]]]])('a field is %j', async (wrong) => {
    for (const route of withBody()) {
      for (const body of BODIES[named(route)] ?? []) {
        for (const { path, value } of positions(body)) {
          if (ANYTHING.test(path) || typeof value === typeof wrong) continue
          const answer = await call(route, replaceAt(body, path, wrong))
          expectError(route, answer, 400, 'invalid_request')
        }
      }
    }
  })

  test.each([number, spaced, spaced.replaceAll(' ', '-')])(
    'the card number %# stands in a field it is not for',
    async (written) => {
      for (const route of withBody()) {
        for (const body of BODIES[named(route)] ?? []) {
          for (const { path, value } of positions(body)) {
            if (SEALED.test(path)) continue
            const bodies =
              typeof value === 'object' && value !== null && !Array.isArray(value)
                ? [
                    { ...value, [written]: written },
                    { ...value, [written]: 1 },
                  ]
                : [written, `x ${written} y`]
            for (const wrong of bodies) {
              const answer = await call(route, replaceAt(body, path, wrong))
              const told = `${named(route)} ${path}: ${answer.status} ${answer.text}`
              expect(answer.text, told).not.toContain(written)
              expect(answer.status, told).toBeGreaterThanOrEqual(400)
              expect(answer.status, told).toBeLessThan(500)
              expect(answer.textAt('error', 'sent') || answer.textAt('sent'), told).toBe('no')
            }
          }
        }
      }
    },
  )
})
