/**
 * @module Where one request ends and the next begins: bytes that two readers would cut in two ways.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { rawRequest, sendRaw, type RawAnswer } from '../support/raw.ts'
import { openShop, type Shop } from '../support/shop.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(async () => {
  await shop.expectSound()
  await shop.stop()
})

const HOST = 'Host: gateway.test'
const auth = (): string => `Authorization: Bearer ${shop.key}`
/** Answered with 200, so that it shows when it was taken for a request. */
const SMUGGLED = rawRequest('GET /healthz HTTP/1.1', [HOST])
/** Answered with 404: nothing comes after it. */
const LAST = rawRequest('GET /the-last-one HTTP/1.1', [HOST])
const isLast = (statuses: readonly number[]): boolean => statuses.includes(404)

const post = (headers: readonly string[], body = ''): string =>
  rawRequest('POST /v1/tokens HTTP/1.1', [HOST, 'Content-Type: application/json', ...headers], body)
const chunked = (body: string): string => post(['Transfer-Encoding: chunked'], body)

const REFUSED: Readonly<Record<string, string>> = {
  'a length and chunks': post(['Content-Length: 4', 'Transfer-Encoding: chunked'], '0\r\n\r\n'),
  'chunks and a length': post(['Transfer-Encoding: chunked', 'Content-Length: 4'], '0\r\n\r\n'),
  'two lengths': post(['Content-Length: 2', 'Content-Length: 3'], '{}x'),
  'a list of lengths': post(['Content-Length: 2, 2'], '{}'),
  'a length with a sign': post(['Content-Length: +2'], '{}'),
  'a negative length': post(['Content-Length: -2'], '{}'),
  'a hexadecimal length': post(['Content-Length: 0x2'], '{}'),
  'a length with an underscore': post(['Content-Length: 1_0'], '{}        '),
  'a length with a fraction': post(['Content-Length: 2.0'], '{}'),
  'an empty length': post(['Content-Length: '], '{}'),
  'a length beyond 64 bits': post([`Content-Length: ${'9'.repeat(30)}`], '{}'),
  'a space before the colon': post(['Content-Length : 2'], '{}'),
  'an encoding that is none': post(['Transfer-Encoding: identity'], '{}'),
  'an encoding like chunked': post(['Transfer-Encoding: xchunked'], '0\r\n\r\n'),
  'an encoding before chunked': post(['Transfer-Encoding: gzip, chunked'], '0\r\n\r\n'),
  'chunked, then another': post(['Transfer-Encoding: chunked, identity'], '0\r\n\r\n'),
  'a chunk size with a sign': chunked('+2\r\n{}\r\n0\r\n\r\n'),
  'a chunk size with 0x': chunked('0x2\r\n{}\r\n0\r\n\r\n'),
  'a chunk size beyond 64 bits': chunked(`${'f'.repeat(20)}\r\n{}\r\n0\r\n\r\n`),
  'a negative chunk size': chunked('-2\r\n{}\r\n0\r\n\r\n'),
  'chunks with LF alone': chunked('2\n{}\n0\n\n'),
  'a chunk that is longer than it says': chunked('2\r\n{}xx\r\n0\r\n\r\n'),
  'a chunk extension with LF': chunked('2;a\n{}\r\n0\r\n\r\n'),
  'a bare CR in a header': post(['X-A: b\rContent-Length: 2'], '{}'),
  'a NUL in a header': post(['X-A: b\0c', 'Content-Length: 2'], '{}'),
  'a folded header': post(['X-A: b', ' Content-Length: 2'], '{}'),
  'no host': rawRequest('GET /healthz HTTP/1.1', ['X-A: b']),
  'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'lines with LF alone': `GET /healthz HTTP/1.1\n${HOST}\n\n`,
  'a space in the target': rawRequest('GET /health z HTTP/1.1', [HOST]),
  'a NUL in the target': rawRequest('GET /healthz\0 HTTP/1.1', [HOST]),
  'HTTP/0.9': 'GET /healthz\r\n\r\n',
  'HTTP/1.2': rawRequest('GET /healthz HTTP/1.2', [HOST]),
}

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

/** `Transfer-Encoding: chunked` written so that some reader knows it and another does not, as smuggler.py does it. */
function disguises(): readonly string[] {
  const codes = [...Array.from({ length: 0x21 }, (_, code) => code), 0x7f, 0x85, 0xa0, 0xff]
  const characters = codes.map((code) => String.fromCharCode(code))
  const plain = 'Transfer-Encoding: chunked'
  return [
    ...characters.flatMap((c) => [
      `${c}${plain}`,
      `Transfer-Encoding${c}: chunked`,
      `Transfer-Encoding:${c}chunked`,
      `Transfer-Encoding: ${c}chunked`,
      `Transfer-Encoding: chunked${c}`,
      `Transfer${c}Encoding: chunked`,
      `X: X${c}${plain}`,
      `X: X\r${c}${plain}`,
      `X: X${c}\r\n${plain}`,
      `X: X${c}\n${plain}`,
      `${plain}${c}\r\nX: X`,
      `Transfer-Encoding: "chunked${c}"`,
    ]),
    'Transfer_Encoding: chunked',
    'transfer-encoding: CHUNKED',
    'TRANSFER-ENCODING: cHuNkEd',
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
    'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked',
    "Transfer-Encoding: 'chunked'",
    'Transfer-Encoding: chunked;q=1',
    'Transfer-Encoding:\r\n chunked',
    'Transfer-Encoding: ,chunked,',
    'Content-Encoding: chunked',
  ]
}

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

test('H02 an absolute target: only its path counts, and what was asked of another host is not answered in its name', async () => {
  const lines = [
    'GET http://other.test/v1/tokens HTTP/1.1',
    'GET https://gateway.test/v1/tokens HTTP/1.1',
  ]
  for (const line of lines) {
    const answer = await sendRaw(shop.port, rawRequest(line, [HOST]), {
      until: ([one]) => one !== undefined,
    })
    expect(answer.statuses).toEqual([401])
    expect(answer.text).not.toContain('other.test')
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
