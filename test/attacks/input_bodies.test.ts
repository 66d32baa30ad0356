/**
 * @module Bodies and connections that cost the server more than the client: too large, too slow, compressed, in another alphabet.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { rawRequest, sendRaw } from '../support/raw.ts'
import { openShop, type Shop } from '../support/shop.ts'

const LIMIT = 65_536

let shop: Shop
beforeAll(async () => {
  shop = await openShop({ PANGATE_SERVER_MAX_BODY_BYTES: String(LIMIT) })
})
afterAll(async () => {
  await shop.expectSound()
  await shop.stop()
})

const HEAD = (): readonly string[] => ['Host: gateway.test', `Authorization: Bearer ${shop.key}`]
const post = (headers: readonly string[], body = ''): string =>
  rawRequest('POST /v1/tokens HTTP/1.1', [...HEAD(), ...headers], body)
const JSON_TYPE = 'Content-Type: application/json'
const any = (statuses: readonly number[]): boolean => statuses.length > 0

/** What the server holds in memory, in megabytes. */
function memory(): number {
  const status = readFileSync(`/proc/${shop.served.program.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024
}

test('H07 a body over the limit, declared or in chunks, is refused and not kept', async () => {
  const before = memory()
  const chunk = `8000\r\n${'x'.repeat(0x8000)}\r\n`
  for (let round = 0; round < 40; round++) {
    const declared = post([JSON_TYPE, 'Content-Length: 900000000'], 'x'.repeat(100_000))
    expect((await sendRaw(shop.port, declared, { until: any })).statuses).toEqual([413])
    const chunked = post([JSON_TYPE, 'Transfer-Encoding: chunked'], chunk.repeat(32))
    expect((await sendRaw(shop.port, chunked, { until: any })).statuses).toEqual([413])
  }
  const over = await shop.call('POST', '/v1/tokens', `"${'x'.repeat(LIMIT - 1)}"`)
  expect(over.at('error', 'code')).toBe('body_too_large')
  const exact = await shop.call('POST', '/v1/tokens', `"${'x'.repeat(LIMIT - 2)}"`)
  expect(exact.at('error', 'code')).toBe('invalid_request')
  expect(memory() - before).toBeLessThan(60)
})

test('H07 a body that is missing, or breaks off, is no request', async () => {
  const missing = await sendRaw(shop.port, post([JSON_TYPE]), { until: any })
  expect(missing.statuses).toEqual([400])
  const socket = connect(shop.port, '127.0.0.1')
  socket.end(post([JSON_TYPE, 'Content-Length: 100'], '{"type":"card"'))
  await new Promise((closed) => socket.on('close', closed).resume())
  const listed = await shop.call('GET', '/v1/tokens')
  expect(listed.at('data')).toEqual([])
})

/** Opens a connection and sends a byte of `bytes` each 250 ms; resolves with the milliseconds until the server closed it. */
function trickle(bytes: string): Promise<{ ms: number; text: string }> {
  return new Promise((resolve) => {
    const started = performance.now()
    const socket = connect(shop.port, '127.0.0.1')
    let text = ''
    let at = 0
    const timer = setInterval(() => socket.write(bytes.charAt(at++ % bytes.length)), 250)
    socket.on('data', (chunk) => (text += chunk.toString('latin1')))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      clearInterval(timer)
      resolve({ ms: performance.now() - started, text })
    })
  })
}

/** Opens a connection, sends this at once and then nothing. */
function silent(bytes: string): Promise<{ ms: number; text: string }> {
  return new Promise((resolve) => {
    const started = performance.now()
    const socket = connect(shop.port, '127.0.0.1', () => socket.write(bytes))
    let text = ''
    socket.on('data', (chunk) => (text += chunk.toString('latin1')))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => resolve({ ms: performance.now() - started, text }))
  })
}

test('H08 slow and idle clients are closed within 17 seconds, and cost the others nothing', async () => {
  const slow = {
    'no byte at all': silent(''),
    'half a head': silent(`GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: `),
    'a head, byte by byte': trickle(`GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(400)}`),
    'a head without its body': silent(post([JSON_TYPE, 'Content-Length: 1000'])),
    'half a body': silent(post([JSON_TYPE, 'Content-Length: 1000'], '{')),
    'half a chunk': silent(post([JSON_TYPE, 'Transfer-Encoding: chunked'], 'ff\r\n{')),
  }
  const body = new Promise<{ ms: number; text: string }>((resolve) => {
    const started = performance.now()
    const socket = connect(shop.port, '127.0.0.1')
    let text = ''
    socket.write(post([JSON_TYPE, 'Content-Length: 60000']))
    const timer = setInterval(() => socket.write(' '), 250)
    socket.on('data', (chunk) => (text += chunk.toString('latin1')))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      clearInterval(timer)
      resolve({ ms: performance.now() - started, text })
    })
  })
  const quiet = await timed(200)
  const idle: Socket[] = []
  for (let at = 0; at < 2000; at++) idle.push(connect(shop.port, '127.0.0.1'))
  await Promise.all(idle.map((socket) => new Promise((open) => socket.once('connect', open))))
  const busy = await timed(200)
  // Twice as slow and a little more, because the machine is shared.
  expect(busy).toBeLessThan(quiet * 2 + 25)
  for (const [name, end] of Object.entries({ ...slow, 'a body, byte by byte': body })) {
    const { ms, text } = await end
    expect(ms, name).toBeLessThan(17_000)
    expect(text, name).not.toMatch(/HTTP\/1\.1 [25]/)
    if (name.includes('body') || name.includes('chunk'))
      expect(text, name).toContain('body_too_slow')
  }
  for (const socket of idle) socket.destroy()
}, 20_000)

/** The slowest of 99 in a hundred calls, in milliseconds. */
async function timed(calls: number): Promise<number> {
  const times: number[] = []
  for (let at = 0; at < calls; at++) {
    const started = performance.now()
    await shop.call('GET', '/healthz')
    times.push(performance.now() - started)
  }
  return times.toSorted((a, b) => a - b)[Math.floor(calls * 0.99)] ?? 0
}

test('H09 a compressed body is refused, before it is unpacked', async () => {
  const zeros = Buffer.alloc(64 * 1024 * 1024)
  const bombs = {
    gzip: gzipSync(zeros).subarray(0, LIMIT),
    deflate: deflateSync(zeros).subarray(0, LIMIT),
    br: brotliCompressSync(zeros.subarray(0, 1 << 20)),
    zstd: zstdCompressSync(zeros),
    'gzip, gzip': gzipSync(gzipSync(zeros)),
    'x-unknown': Buffer.from('{}'),
  }
  const before = memory()
  for (const [encoding, bytes] of Object.entries(bombs)) {
    for (const path of ['/v1/tokens', '/v1/forward', '/proxy/transaction', '/v2/tokens']) {
      const answer = await fetch(shop.served.url + path, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${shop.key}`,
          'x-api-key': shop.key,
          'content-type': 'application/json',
          'content-encoding': encoding,
        },
        body: bytes,
      })
      expect([encoding, path, answer.status]).toEqual([encoding, path, 415])
      await answer.text()
    }
  }
  expect(memory() - before).toBeLessThan(40)
})

const CARD = '{"type":"card","card":{"number":"x","exp_month":1,"exp_year":2034}}'
const BODIES: readonly (readonly [
  name: string,
  types: readonly string[],
  body: string | Buffer,
  status: number,
])[] = [
  ['no type', [], CARD, 415],
  ['another type', ['text/plain'], CARD, 415],
  ['a type like it', ['application/jsonx'], CARD, 415],
  ['two types', ['application/json', 'text/plain'], CARD, 415],
  ['two types in one', ['application/json, text/plain'], CARD, 415],
  ['UTF-16 declared', ['application/json; charset=utf-16'], CARD, 415],
  ['Latin-1 declared', ['application/json; charset=iso-8859-1'], CARD, 415],
  ['UTF-7 declared after UTF-8', ['application/json; charset=utf-8; charset=utf-7'], CARD, 415],
  ['UTF-8 declared', ['application/json; charset=UTF-8'], CARD, 422],
  ['UTF-8 in quotes', ['application/json;charset="utf-8"'], CARD, 422],
  ['UTF-16 undeclared', ['application/json'], Buffer.from(CARD, 'utf16le'), 400],
  ['a byte order mark', ['application/json'], `\ufeff${CARD}`, 400],
  ['a lone continuation byte', ['application/json'], Buffer.from('"\x80"', 'latin1'), 400],
  ['an overlong slash', ['application/json'], Buffer.from('"\xc0\xaf"', 'latin1'), 400],
  ['a surrogate in UTF-8', ['application/json'], Buffer.from('"\xed\xa0\x80"', 'latin1'), 400],
  ['beyond Unicode', ['application/json'], Buffer.from('"\xf4\x90\x80\x80"', 'latin1'), 400],
  ['a character broken off', ['application/json'], Buffer.from('"\xe2\x82', 'latin1'), 400],
]

test.each(BODIES)('H10 the alphabet of a body: %s', async (_, types, body, status) => {
  const bytes = Buffer.from(body)
  const headers = [
    ...types.map((type) => `Content-Type: ${type}`),
    `Content-Length: ${bytes.length}`,
  ]
  const request = Buffer.concat([Buffer.from(post(headers)), bytes])
  const answer = await sendRaw(shop.port, request, { until: any })
  expect(answer.statuses, answer.text).toEqual([status])
})
