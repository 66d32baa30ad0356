/**
 * @module Every call of the published document, given paths and values that nobody documented.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import fc from 'fast-check'
import { canaryCard } from '../support/canary.ts'
import { rawRequest, sendRaw } from '../support/raw.ts'
import { openShop, type Shop } from '../support/shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(async () => {
  await shop.expectSound()
  await shop.stop()
})

const SEED = Number(process.env['PANGATE_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
console.log(`PANGATE_TEST_SEED=${SEED}`)

/** Path -> the status with a key that has every scope. A path in another spelling is another path, or the very same one. */
const PATHS: Readonly<Record<string, number>> = {
  '/v1/keys': 200,
  '/v1/keys/': 200,
  '/v1/./keys': 200,
  '/healthz/../v1/keys': 200,
  '/v1/%2e%2e/v1/keys': 200,
  '//v1/keys': 404,
  '/v1//keys': 404,
  '/V1/keys': 404,
  '/v1/KEYS': 404,
  '/v1/..;/v1/keys': 404,
  '/v1/keys;a=b': 404,
  '/v1/%6beys': 404,
  '/v1%2fkeys': 404,
  '/v1/keys%00': 404,
  '/v1/keys%20': 404,
  '/v1/keys.json': 404,
  '/v1/keys%2f': 404,
  '/healthz/..%2fv1/keys': 404,
  '/v1/keys/..%2f..%2fmetrics': 404,
  '/v1/tokens/..%2fkeys': 404,
  '/metrics': 404,
  '/admin': 404,
  '/.env': 404,
  '/debug/vars': 404,
}

test.each(Object.entries(PATHS))('H13 path tricks: %s', async (path, status) => {
  const get = (...headers: readonly string[]) =>
    sendRaw(shop.port, rawRequest(`GET ${path} HTTP/1.1`, ['Host: gateway.test', ...headers]), {
      until: (statuses) => statuses.length > 0,
    })
  expect((await get(`Authorization: Bearer ${shop.key}`)).statuses).toEqual([status])
  const nobody = await get()
  expect(status === 200 ? [401] : [401, 404]).toContain(nobody.statuses[0] ?? 0)
})

test('H13 the path is where it stands, whatever the host is called, and if there is none', async () => {
  const hosts = ['a', 'ab', 'abc', 'abcd', 'a:1', '[::1]', 'gateway.test', '', null]
  for (const host of hosts) {
    const ask = async (method: string, path: string, body = ''): Promise<readonly number[]> => {
      const headers = [
        ...(host === null ? [] : [`Host: ${host}`]),
        `Authorization: Bearer ${shop.key}`,
        ...(body === ''
          ? []
          : ['Content-Type: application/json', `Content-Length: ${body.length}`]),
      ]
      const line = `${method} ${path} HTTP/1.${host === null ? 0 : 1}`
      const until = (statuses: readonly number[]): boolean => statuses.length > 0
      return (await sendRaw(shop.port, rawRequest(line, headers, body), { until })).statuses
    }
    expect(await ask('GET', '/v1/keys'), String(host)).toEqual([200])
    expect(await ask('POST', '/v1/tokens', '{}'), String(host)).toEqual([400])
    for (const prefix of ['/a', '/ab', '/abc', '/abcd', '/healthzz', '//']) {
      expect(await ask('GET', `${prefix}/v1/keys`), `${host} ${prefix}`).toEqual([404])
    }
    // Named in the query only: that is a query for /healthz, and one that /v1/tokens does not have.
    expect(await ask('GET', '/healthz?a=/v1/keys'), String(host)).toEqual([200])
    expect(await ask('GET', '/v1/tokens?a=/v1/keys'), String(host)).toEqual([400])
  }
})

interface Operation {
  readonly method: string
  readonly path: string
  /** Names of the body's fields at the top. */
  readonly fields: readonly string[]
}

async function operations(): Promise<readonly Operation[]> {
  const { text } = await shop.call('GET', '/openapi.json')
  const document: unknown = JSON.parse(text)
  return entries(document, 'paths').flatMap(([path, methods]) =>
    entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      fields: [...JSON.stringify(operation).matchAll(/"([a-z_]{2,30})":\{"/g)].map(
        ([, name = '']) => name,
      ),
    })),
  )
}

function entries(value: unknown, ...path: readonly string[]): readonly [string, unknown][] {
  const [name, ...rest] = path
  if (typeof value !== 'object' || value === null) return []
  return name === undefined ? Object.entries(value) : entries(Reflect.get(value, name), ...rest)
}

test('H15 random calls of every operation: our error body, never a 5xx, never the card number again', async () => {
  const all = await operations()
  expect(all.length).toBeGreaterThan(30)
  const number = canaryCard()
  const spaced = number.replace(/(.{4})/g, '$1 ').trim()
  const scalar = fc.oneof(
    fc.constantFrom<unknown>(
      number,
      spaced,
      null,
      true,
      '',
      0,
      -1,
      1e308,
      2 ** 53,
      [],
      {},
      '\0',
      '\ud800',
      'https://',
      '{{',
      '{{ card.number }}',
      '${cardNumber}',
      '<a>',
      '%',
      '__proto__',
      'a'.repeat(9000),
    ),
    fc.jsonValue({ maxDepth: 2 }),
  )
  const calls = fc.constantFrom(...all).chain(({ method, path, fields }) =>
    fc.record({
      method: fc.constant(method),
      path: fc.constant(path),
      id: fc.oneof(
        fc.constantFrom('tok_', 'x', '..', '%2e', "'", '%00', '%ff', 'a'.repeat(500)),
        fc.webSegment().map((text) => text.slice(0, 9)),
      ),
      body: fc.oneof(
        {
          weight: 4,
          arbitrary: fc
            .dictionary(
              fc.constantFrom(...fields, 'type', 'x'),
              fc.oneof(
                scalar,
                fc.dictionary(fc.constantFrom(...fields, 'number'), scalar, { maxKeys: 4 }),
              ),
              { maxKeys: 6 },
            )
            .map((value) => JSON.stringify(value)),
        },
        { weight: 1, arbitrary: scalar.map((value) => JSON.stringify(value) ?? '') },
        { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
      ),
      type: fc.constantFrom(
        'application/json',
        'application/json',
        'application/x-www-form-urlencoded',
        'text/xml',
        '',
      ),
    }),
  )
  await fc.assert(
    fc.asyncProperty(calls, async ({ method, path, id, body, type }) => {
      const target = path.replace(/\{[^}]+\}/g, id).replace('*', id)
      const response = await fetch(shop.served.url + target, {
        method: method === 'ANY' ? 'POST' : method,
        headers: {
          authorization: `Bearer ${shop.key}`,
          'x-api-key': shop.key,
          'bt-api-key': shop.key,
          ...(type !== '' && { 'content-type': type }),
        },
        ...(method !== 'GET' && method !== 'DELETE' && { body }),
        redirect: 'manual',
      })
      const text = await response.text()
      const told = `${method} ${target} ${body.slice(0, 300)}: ${response.status} ${text.slice(0, 500)}`
      expect(response.status, told).toBeLessThan(500)
      expect(text.includes(number) || text.includes(spaced), told).toBe(false)
      if (response.status < 400) return
      // Nothing to read is in an answer to HEAD alone.
      const read: unknown = JSON.parse(text)
      expect(Object.keys(Object(read)).length, told).toBeGreaterThan(0)
    }),
    { numRuns: 1500, seed: SEED },
  )
}, 20_000)
