/**
 * @module Where one request ends and the next begins: bytes that two readers would cut in two ways.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { rawRequest, sendRaw, type RawAnswer } from '../support/raw.ts'
import { openShop, type Shop } from '../support/shop.ts'
import { disguises, HOST, isLast, LAST, post, REFUSED, SMUGGLED } from './framings.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(async () => {
  await shop.expectSound()
  await shop.stop()
})

const auth = (): string => `Authorization: Bearer ${shop.key}`

test(`H01 smuggling: ${Object.keys(REFUSED).length} framings that are refused`, async () => {
  for (const [name, bytes] of Object.entries(REFUSED)) {
    const answer = await sendRaw(shop.port, bytes + SMUGGLED)
    const told = `${name}: ${answer.text}`
    expect(answer.closed, told).toBe(true)
    // Before a broken body the head may have been answered already.
    expect(
      answer.statuses.filter((status) => ![400, 401, 505].includes(status)),
      told,
    ).toEqual([])
  }
})

test('H01 smuggling: a length beside every disguise of chunked', async () => {
  const all = disguises()
  const wrong: string[] = []
  for (let at = 0; at < all.length; at += 24) {
    await Promise.all(
      all.slice(at, at + 24).map(async (disguise) => {
        // Whoever believes in chunks sees a request for /healthz; whoever believes the length sees its body.
        const body = `0\r\n\r\n${SMUGGLED}`
        const bytes = post([`Content-Length: ${body.length}`, disguise], body) + LAST
        const { statuses } = await sendRaw(shop.port, bytes, { until: isLast })
        const refused = statuses.length <= 1 && statuses.every((status) => status >= 400)
        const asOne = statuses.join() === '401,404'
        if (!refused && !asOne) wrong.push(`${JSON.stringify(disguise)}: ${statuses.join()}`)
        // Whatever is written like the header itself may not stand beside a length.
        if (/^transfer-encoding:\s*"?'?chunked/i.test(disguise) && !refused) {
          wrong.push(`${JSON.stringify(disguise)} was passed over`)
        }
      }),
    )
  }
  expect(all.length).toBeGreaterThan(400)
  expect(wrong).toEqual([])
})

const LINES: Readonly<
  Record<string, readonly [line: string, headers: readonly string[], status: number]>
> = {
  'two hosts': ['GET /healthz HTTP/1.1', [HOST, 'Host: other.test'], 400],
  'the same host twice': ['GET /healthz HTTP/1.1', [HOST, HOST], 400],
  'a host with a path': ['GET /v1/keys HTTP/1.1', ['Host: gateway.test/healthz?'], 400],
  'a host with a user': ['GET /healthz HTTP/1.1', ['Host: a@gateway.test'], 400],
  'a host with a space': ['GET /healthz HTTP/1.1', ['Host: a b'], 400],
  'a host in other letters': ['GET /healthz HTTP/1.1', ['Host: g\xe4teway.test'], 400],
  'a host with a port that is none': ['GET /healthz HTTP/1.1', ['Host: gateway.test:x'], 400],
  CONNECT: ['CONNECT psp.test:443 HTTP/1.1', [HOST], 405],
  'CONNECT with a path': ['CONNECT /v1/tokens HTTP/1.1', [HOST], 405],
  TRACE: ['TRACE /v1/tokens HTTP/1.1', [HOST, 'X-Seen: me'], 405],
  'TRACE where any method is taken': ['TRACE /proxy/x HTTP/1.1', [HOST, 'X-Seen: me'], 405],
  'all of the server': ['OPTIONS * HTTP/1.1', [HOST], 400],
  'another scheme': ['GET file:///etc/passwd HTTP/1.1', [HOST], 400],
}

test.each(Object.entries(LINES))('H02 the first lines: %s', async (_, [line, headers, status]) => {
  const answer = await sendRaw(shop.port, rawRequest(line, [...headers, auth()]))
  expect(answer.statuses, answer.text).toEqual([status])
  expect(answer.closed).toBe(true)
  expect(answer.text).not.toContain('X-Seen')
})

/** Of these Bun gives only the path, and the host of the header: what they name besides is seen by nobody. */
const ABSOLUTE: readonly (readonly [target: string, status: number])[] = [
  ['http://other.test/v1/keys', 200],
  ['https://gateway.test/v1/keys', 200],
  ['HTTP://OTHER.test/v1/keys', 200],
  ['http://a:b@other.test/v1/keys', 200],
  ['http://other.test:99999/v1/keys', 200],
  ['http:///v1/keys', 200],
  ['http://other.test', 404],
  ['http://other.test?/v1/keys', 404],
  // Fragments are no part of a target; proxies refuse it.
  ['http://other.test#/v1/keys', 200],
  ['//other.test/v1/keys', 404],
  ['/http://other.test/v1/keys', 404],
  ['http:/v1/keys', 400],
]

test('H02 an absolute target: only its path counts, with credentials as for any, and its host is nowhere in the answer', async () => {
  const until = ([one]: readonly number[]): boolean => one !== undefined
  const ask = (target: string, ...headers: readonly string[]): Promise<RawAnswer> =>
    sendRaw(shop.port, rawRequest(`GET ${target} HTTP/1.1`, [HOST, ...headers]), { until })
  for (const [target, status] of ABSOLUTE) {
    const allowed = await ask(target, auth())
    expect(allowed.statuses, target).toEqual([status])
    expect(allowed.text.toLowerCase(), target).not.toContain('other.test')
    const stranger = await ask(target)
    expect(stranger.statuses, target).toEqual([status === 200 ? 401 : status])
  }
})

test('H05 methods in odd spellings are never taken for the method that they resemble', async () => {
  const methods = [
    'get',
    'Get',
    'post',
    'Post',
    'GET ',
    ' GET',
    'GETX',
    'FOO',
    'G\tET',
    'G\0ET',
    'PRI',
    'GET\r',
  ]
  for (const method of methods) {
    const bytes = rawRequest(`${method} /v1/tokens HTTP/1.1`, [HOST, auth()])
    const { statuses } = await sendRaw(shop.port, bytes, { until: (all) => all.length > 0 })
    expect(
      statuses.filter((status) => status < 400),
      JSON.stringify(method),
    ).toEqual([])
  }
  const override = ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override']
  for (const name of override) {
    const answer = await shop.call('GET', '/v1/tokens?_method=DELETE', undefined, {
      [name]: 'DELETE',
    })
    expect(answer.status).toBe(400)
    const plain = await shop.call('GET', '/v1/tokens', undefined, { [name]: 'DELETE' })
    expect(plain.status).toBe(200)
  }
})

const OVERSIZED: Readonly<Record<string, string>> = {
  'one header': rawRequest('GET /healthz HTTP/1.1', [HOST, `X-A: ${'a'.repeat(17_000)}`]),
  'a header name': rawRequest('GET /healthz HTTP/1.1', [HOST, `${'a'.repeat(17_000)}: b`]),
  'all headers together': rawRequest('GET /healthz HTTP/1.1', [
    HOST,
    ...Array.from({ length: 90 }, (_, at) => `X-${at}: ${'a'.repeat(300)}`),
  ]),
  'thousands of headers': rawRequest('GET /healthz HTTP/1.1', [
    HOST,
    ...Array.from({ length: 4000 }, (_, at) => `X${at}: a`),
  ]),
  'the target': rawRequest(`GET /healthz?${'a'.repeat(20_000)} HTTP/1.1`, [HOST]),
}

test.each(Object.entries(OVERSIZED))('H06 over the limit: %s', async (_, bytes) => {
  const { statuses, closed } = await sendRaw(shop.port, bytes + SMUGGLED)
  expect(statuses).toEqual([431])
  expect(closed).toBe(true)
})

test('H11 requests in one packet are each let in by their own credentials', async () => {
  const get = (...headers: readonly string[]): string =>
    rawRequest('GET /v1/keys HTTP/1.1', [HOST, ...headers])
  const bytes = get(auth()) + get() + get('Authorization: Bearer nobody') + get(auth()) + LAST
  const { statuses } = await sendRaw(shop.port, bytes, { until: isLast })
  expect(statuses).toEqual([200, 401, 401, 200, 404])
})

test('H12 nothing of a body is waited for before the caller is known', async () => {
  const announced = (...headers: readonly string[]): Promise<RawAnswer> =>
    sendRaw(shop.port, post([...headers, 'Content-Length: 900000']), {
      until: (statuses) => statuses.includes(401),
    })
  const flood = [
    ...Array.from({ length: 200 }, () => announced('Expect: 100-continue')),
    ...Array.from({ length: 200 }, () => announced()),
  ]
  for (const { statuses, ms } of await Promise.all(flood)) {
    expect(statuses.at(-1)).toBe(401)
    expect(ms).toBeLessThan(2_400)
  }
})

test('H14 HTTP/2 is not offered, and an upgrade to it is passed over', async () => {
  const upgrade = [
    'Connection: Upgrade, HTTP2-Settings',
    'Upgrade: h2c',
    'HTTP2-Settings: AAMAAABkAAQAAP__',
  ]
  const bytes = rawRequest('GET /healthz HTTP/1.1', [HOST, ...upgrade])
  const { statuses } = await sendRaw(shop.port, bytes, { until: (all) => all.length > 0 })
  expect(statuses).toEqual([200])
})
