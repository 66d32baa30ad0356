/**
 * @module What a caller writes into a request for the PSP: its lines stay its lines, and only those that it may write.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import fc from 'fast-check'
import { corpus } from '../support/corpus.ts'
import { rawRequest, sendRaw } from '../support/raw.ts'
import { openShop, type Shop } from '../support/shop.ts'
import type { WireRequest } from '../support/wire.ts'

let shop: Shop
let token: string
beforeAll(async () => {
  shop = await openShop()
  token = await shop.token()
})
afterAll(async () => {
  await shop.expectSound()
  await shop.stop()
})

const SEED = Number(process.env['PANGATE_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
console.log(`PANGATE_TEST_SEED=${SEED}`)

/** Header names as they arrived. */
const namesOf = ({ head }: WireRequest): readonly string[] =>
  head.map((line) => line.slice(0, line.indexOf(':')).toLowerCase())

/** Runs something and gives the requests that reached the PSP by it. */
async function arriving<T>(run: () => Promise<T>): Promise<{ result: T; arrived: WireRequest[] }> {
  shop.wire.requests.length = 0
  const result = await run()
  return { result, arrived: shop.wire.requests.splice(0) }
}

/** Headers that steer a connection or a proxy. */
const STEERING = {
  Host: 'evil.test',
  Connection: 'X-Api-Key, keep-alive',
  'X-Api-Key': 'named by Connection',
  'Keep-Alive': 'timeout=900',
  'Proxy-Connection': 'keep-alive',
  'Proxy-Authorization': 'Basic YTpi',
  'Proxy-Authenticate': 'Basic',
  TE: 'trailers',
  Trailer: 'X-End',
  Upgrade: 'websocket',
  Expect: '100-continue',
  Via: '1.1 inside',
  Forwarded: 'for=10.0.0.1',
  'X-Forwarded-For': '10.0.0.1',
  'X-Forwarded-Host': 'evil.test',
  'X-Forwarded-Proto': 'http',
} as const

function expectClean(request: WireRequest | undefined): void {
  const names = request ? namesOf(request) : []
  expect(names.filter((name) => name === 'host' || name === 'content-length')).toEqual([
    'host',
    'content-length',
  ])
  expect(request?.head[0]).toBe(`Host: localhost:${shop.wire.port}`)
  const steering = Object.keys(STEERING).map((name) => name.toLowerCase())
  // Ours, of our own connection to the PSP.
  const allowed = new Set(['host', 'connection'])
  expect(names.filter((name) => steering.includes(name) && !allowed.has(name))).toEqual([])
  expect(request?.head.filter((line) => /evil|10\.0\.0\.1/.test(line))).toEqual([])
}

test('H03 headers that steer connections and proxies do not go on', async () => {
  const headers = {
    ...STEERING,
    'Content-Length': '3',
    'Transfer-Encoding': 'chunked',
    'X-Own': 'kept',
  }
  const native = await arriving(() =>
    shop.forward('/a', { headers, body: { n: '{{ card.number }}' } }, { token }),
  )
  expect(native.result.at('sent'), native.result.text).toBe('yes')
  expectClean(native.arrived[0])
  expect(native.arrived[0]?.head).toContain('X-Own: kept')

  const classic = await arriving(() =>
    sendRaw(
      shop.port,
      rawRequest(
        'POST /proxy HTTP/1.1',
        [
          'Host: gateway.test',
          `BT-API-KEY: ${shop.key}`,
          `BT-PROXY-URL: ${shop.wire.url}/b`,
          'Content-Type: application/json',
          'Content-Length: 2',
          'X-Own: kept',
          ...Object.entries(STEERING)
            .filter(([name]) => name !== 'Host')
            .map(([name, value]) => `${name}: ${value}`),
        ],
        '{}',
      ),
      { until: (statuses) => statuses.some((status) => status >= 200) },
    ),
  )
  expect(classic.result.statuses.at(-1), classic.result.text).toBe(200)
  expectClean(classic.arrived[0])
  expect(classic.arrived[0]?.head.join('\n').toLowerCase()).toContain('x-own: kept')
  expect(JSON.stringify(classic.arrived[0]?.head)).not.toContain(shop.key)
})

test('H04 the list of CRLF attacks, in the path, the query, a header and a field: no line is added', async () => {
  const text = corpus('crlf.txt')
  if (text === null) return
  const attacks = text.split('\n').filter((line) => line !== '')
  expect(attacks.length).toBeGreaterThan(10)
  for (const written of attacks) {
    const plain = written.replace(/%0d/gi, '\r').replace(/%0a/gi, '\n')
    for (const attack of [written, plain]) {
      const places: readonly [string, Readonly<Record<string, unknown>>][] = [
        [attack, {}],
        [`/a?b=${attack}`, {}],
        ['/a', { headers: { 'X-A': attack } }],
        ['/a', { headers: { [attack]: 'a' } }],
        ['/a', { method: `GET ${attack}` }],
        ['/a', { method: 'POST', body: { a: attack } }],
      ]
      for (const [path, request] of places) {
        const { result, arrived } = await arriving(() => shop.forward(path, request))
        const [one, ...more] = arrived
        const told = `${JSON.stringify([path, request])}: ${result.text}`
        expect(more, told).toEqual([])
        if (!one) expect(result.status, told).toBe(400)
        else expect(namesOf(one), told).not.toContain('set-cookie')
      }
    }
  }
})

/** Text with what ends lines and cuts strings in it. */
const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\r',
        '\n',
        '\r\n',
        '\0',
        '\u2028',
        '\x85',
        '%0d%0a',
        ': ',
        '\u010a',
        '\u560a',
        '\t',
      ),
      fc.string({ unit: 'grapheme', maxLength: 4 }),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) => parts.join(''))

test('H04 any text in a header, the path or the query: refused before anything leaves, or one line as before', async () => {
  const lines = ['host', 'x-a', 'user-agent', 'connection']
  await fc.assert(
    fc.asyncProperty(
      nasty,
      fc.constantFrom('value', 'name', 'path', 'query'),
      async (text, place) => {
        const headers =
          place === 'value' ? { 'X-A': text } : place === 'name' ? { [text]: 'a' } : { 'X-A': 'a' }
        const path = place === 'path' ? `/a${text}` : place === 'query' ? `/a?b=${text}` : '/a'
        const { result, arrived } = await arriving(() =>
          shop.forward(path, { method: 'GET', headers }),
        )
        if (arrived.length === 0) {
          expect(result.status).toBeGreaterThanOrEqual(400)
          expect(result.status).toBeLessThan(500)
          expect(result.at('error', 'sent')).toBe('no')
          return
        }
        const [one] = arrived
        expect(arrived.length).toBe(1)
        expect(one?.line).toMatch(/^GET \/a[\x21-\x7e]* HTTP\/1\.1$/)
        if (place !== 'name') expect(one && [...namesOf(one)].toSorted()).toEqual(lines.toSorted())
        // Text that is no header name in every reading was refused.
        else expect(one?.head.length).toBeLessThanOrEqual(lines.length)
      },
    ),
    { numRuns: 400, seed: SEED },
  )
}, 15_000)

test('H04 a holder with line breaks does not come into being, and one beyond Latin-1 stays out of headers', async () => {
  for (const holder of ['a\r\nSet-Cookie: b', 'a\nb', 'a\0b', 'a\x85b', 'a\u2028b']) {
    const card = { number: '4242424242424242', exp_month: 1, exp_year: 2034, holder }
    const made = await shop.call('POST', '/v1/tokens', { type: 'card', card })
    expect(made.at('error', 'code'), JSON.stringify(holder)).toBe('invalid_card')
  }
  for (const holder of ['\u010aa', '\u560d\u560aSet-Cookie: b', 'Ж']) {
    const own = await shop.token('4242424242424242', { holder })
    const { result, arrived } = await arriving(() =>
      shop.forward('/a', { headers: { 'X-A': '{{ card.holder }}' } }, { token: own }),
    )
    expect(arrived).toEqual([])
    expect(result.at('error')).toMatchObject({ code: 'invalid_template', sent: 'no' })
  }
})

test('H05 a method is one of five, exactly', async () => {
  const wrong = [
    'Post',
    'post',
    'get ',
    ' GET',
    'FOO',
    'TRACE',
    'CONNECT',
    'OPTIONS',
    'HEAD',
    '',
    'GET\r\n',
    'POST\0',
    'PRI',
    'PATCH,GET',
  ]
  for (const method of wrong) {
    const { result, arrived } = await arriving(() => shop.forward('/a', { method }))
    expect(result.at('error'), method).toMatchObject({ code: 'invalid_request', sent: 'no' })
    expect(arrived).toEqual([])
  }
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
    const headers = { 'X-HTTP-Method-Override': 'DELETE' }
    const { arrived } = await arriving(() => shop.forward('/a', { method, headers }))
    expect(arrived.map(({ line }) => line)).toEqual([`${method} /a HTTP/1.1`])
  }
})
