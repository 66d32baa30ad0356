/**
 * @module A PSP that is slow, endless, swollen, or says no: deadlines and limits hold, and what it said is told.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import type { TLSSocket } from 'node:tls'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { openShop, type Shop } from '../support/shop.ts'
import { respond } from '../support/wire.ts'

const LIMIT = 1_048_576

let shop: Shop
beforeAll(async () => {
  shop = await openShop({ PANGATE_EGRESS_MAX_RESPONSE_BYTES: String(LIMIT) })
})
beforeEach(() => {
  shop.wire.requests.length = 0
})
afterAll(async () => {
  await shop.expectSound()
  await shop.stop()
})

const OK = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'

/** What the server holds in memory, in megabytes. */
function memory(): number {
  const status = readFileSync(`/proc/${shop.served.program.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024
}

/** Writes again and again until the connection is closed. */
function pour(socket: TLSSocket, bytes: string | Buffer, pause: number): void {
  const timer = setInterval(() => {
    if (socket.writableLength < 1_000_000) socket.write(bytes)
  }, pause)
  socket.on('close', () => clearInterval(timer))
}

/** Answers that have no end before the deadline of 600 ms. */
const LATE: Readonly<Record<string, (socket: TLSSocket) => void>> = {
  'nothing at all': () => undefined,
  'half a head': (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-'),
  'a head byte by byte': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nX-A: ')
    pour(socket, 'a', 20)
  },
  'answers to come without end': (socket) => pour(socket, 'HTTP/1.1 102 Processing\r\n\r\n', 5),
  'a body byte by byte': (socket) => {
    socket.write(`${OK}Content-Length: 100000\r\n\r\n`)
    pour(socket, ' ', 20)
  },
  'chunks byte by byte': (socket) => {
    socket.write(`${OK}Transfer-Encoding: chunked\r\n\r\n`)
    pour(socket, '1\r\n \r\n', 20)
  },
  'an answer after the deadline': (socket) =>
    void setTimeout(() => socket.writable && respond(socket, '{"late":true}'), 900),
}

test.each(Object.entries(LATE))(
  'U04 %s: the deadline ends it, and the connection with it',
  async (name, answer) => {
    const closed = Promise.withResolvers<void>()
    shop.wire.reply = ({ socket }) => {
      socket.on('close', () => closed.resolve())
      answer(socket)
    }
    const key = { 'idempotency-key': name.replaceAll(' ', '-') }
    const call = { timeout_ms: 600 }
    const started = performance.now()
    const late = await shop.forward('/pay', { body: { a: 1 } }, call, key)
    expect(performance.now() - started).toBeLessThan(1_500)
    expect(late.status, late.text).toBe(504)
    expect(late.at('error')).toMatchObject({ code: 'psp_timeout', sent: 'unknown' })
    await closed.promise
    shop.wire.reply = ({ socket }) => respond(socket, '{"mine":true}')
    const next = await shop.forward('/next')
    expect(next.at('response', 'body')).toEqual({ mine: true })
    expect((await shop.forward('/pay', { body: { a: 1 } }, call, key)).at('error', 'sent')).toBe(
      'unknown',
    )
    expect(shop.wire.requests.map(({ line }) => line)).toEqual([
      'POST /pay HTTP/1.1',
      'POST /next HTTP/1.1',
    ])
  },
)

const zeros = Buffer.alloc(48 * 1_048_576)
/** Small on the wire, 48 MB or more when unpacked. */
const BOMBS: Readonly<Record<string, () => Buffer>> = {
  gzip: () => gzipSync(zeros),
  'x-gzip': () => gzipSync(zeros),
  deflate: () => deflateSync(zeros),
  br: () => brotliCompressSync(zeros),
  zstd: () => zstdCompressSync(zeros),
  'gzip, gzip': () => gzipSync(gzipSync(zeros)),
  'gzip, br': () => brotliCompressSync(gzipSync(zeros)),
}

test('U07 answers that swell when they are unpacked end at the limit, and leave no memory behind', async () => {
  const packed = Object.entries(BOMBS).map(([encoding, make]) => [encoding, make()] as const)
  const before = memory()
  for (let round = 0; round < 5; round++) {
    for (const [encoding, bytes] of packed) {
      shop.wire.reply = ({ socket }) =>
        respond(socket, bytes, { headers: [`Content-Encoding: ${encoding}`] })
      const answer = await shop.forward('/pay', { body: { a: 1 } })
      expect(answer.status, encoding).toBe(502)
      expect(answer.at('error'), encoding).toMatchObject({ code: 'psp_broken', sent: 'unknown' })
    }
  }
  expect(memory() - before).toBeLessThan(100)
}, 20_000)

test('U07 damaged and unknown encodings are no answers', async () => {
  const damaged = gzipSync('{"ok":true}')
  damaged.writeUInt8(0xff, 12)
  const cases: readonly (readonly [string, Buffer])[] = [
    ['gzip', damaged],
    ['gzip', gzipSync('{"ok":true}').subarray(0, 15)],
    ['br', Buffer.from('no brotli')],
    ['zstd', Buffer.from('no zstd')],
    ['x-unknown', Buffer.from('{}')],
    ['gzip, x-unknown', Buffer.from('{}')],
    [Array.from({ length: 200 }, () => 'gzip').join(', '), gzipSync('{}')],
  ]
  for (const [encoding, bytes] of cases) {
    shop.wire.reply = ({ socket }) =>
      respond(socket, bytes, { headers: [`Content-Encoding: ${encoding}`] })
    const answer = await shop.forward('/pay', { body: { a: 1 } })
    expect(answer.at('error'), encoding).toMatchObject({ code: 'psp_broken', sent: 'unknown' })
  }
})

test('U07 bodies without end are cut off at the limit, not at the deadline', async () => {
  const block = Buffer.alloc(65_536, 'x')
  const before = memory()
  for (const head of [
    'Transfer-Encoding: chunked',
    'Connection: close',
    'Content-Length: 900000000',
  ]) {
    for (let round = 0; round < 4; round++) {
      shop.wire.reply = ({ socket }) => {
        socket.write(`${OK}${head}\r\n\r\n`)
        const chunk = Buffer.concat([Buffer.from('10000\r\n'), block, Buffer.from('\r\n')])
        pour(socket, head.startsWith('Transfer') ? chunk : block, 1)
      }
      const started = performance.now()
      const answer = await shop.forward('/pay', { body: { a: 1 } })
      expect(answer.at('error'), head).toMatchObject({ code: 'psp_broken', sent: 'unknown' })
      expect(performance.now() - started).toBeLessThan(5_000)
    }
  }
  expect(memory() - before).toBeLessThan(80)
})

test('U09 whatever status the PSP answers is handed on once, and told again by the same key', async () => {
  for (const status of [
    200, 201, 202, 204, 400, 401, 402, 403, 404, 408, 409, 422, 425, 429, 500, 502, 503, 504, 599,
  ]) {
    shop.wire.requests.length = 0
    shop.wire.reply = ({ socket }) =>
      status === 204
        ? socket.write('HTTP/1.1 204 No\r\n\r\n')
        : respond(socket, `{"status":${status}}`, { status, headers: ['Retry-After: 1'] })
    const key = { 'idempotency-key': `status-${status}` }
    const first = await shop.forward('/pay', { method: 'PUT', body: { a: 1 } }, {}, key)
    expect(first.at('sent'), String(status)).toBe('yes')
    expect(first.at('response', 'status')).toBe(status)
    const again = await shop.forward('/pay', { method: 'PUT', body: { a: 1 } }, {}, key)
    expect(again.text).toBe(first.text)
    expect(shop.wire.requests.length).toBe(1)
  }
})

/** Writes a kilobyte a second, a tenth of it at a time; resolves when all is written or the connection is closed. */
async function narrow(socket: TLSSocket, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length && socket.writable; at += 102) {
    socket.write(bytes.subarray(at, at + 102))
    await Bun.sleep(100)
  }
}

test('U12 a kilobyte a second: whole where there is time for it, and ended by the deadline where there is not', async () => {
  const text = 'x'.repeat(1_800)
  const body = JSON.stringify({ text })
  const head = `${OK}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`
  shop.wire.reply = ({ socket }) => void narrow(socket, Buffer.from(head + body))
  const whole = await shop.forward('/pay', { body: { a: 1 } })
  expect(whole.at('response', 'body', 'text')).toBe(text)
  expect(Number(whole.at('timing', 'psp_ms'))).toBeGreaterThan(1_500)
  const started = performance.now()
  const late = await shop.forward('/pay', { body: { a: 1 } }, { timeout_ms: 700 })
  expect(late.at('error')).toMatchObject({ code: 'psp_timeout', sent: 'unknown' })
  expect(late.text).not.toContain('xxx')
  expect(performance.now() - started).toBeLessThan(1_600)
})

const LATENCY_MS = process.env['PANGATE_TEST_LONG'] === '1' ? 10_000 : 3_000

test(`U12 an answer after ${LATENCY_MS} ms: whole within its time, and unknown where less was given`, async () => {
  shop.wire.reply = ({ socket }) =>
    void setTimeout(() => socket.writable && respond(socket, '{"at":"last"}'), LATENCY_MS)
  const patient = shop.forward('/pay', { body: { a: 1 } }, { timeout_ms: LATENCY_MS + 5_000 })
  for (const timeout_ms of [100, 1_000, LATENCY_MS - 1_000]) {
    const started = performance.now()
    const late = await shop.forward('/pay', { body: { a: 1 } }, { timeout_ms })
    expect(late.at('error')).toMatchObject({ code: 'psp_timeout', sent: 'unknown' })
    expect(performance.now() - started).toBeGreaterThan(timeout_ms - 20)
    expect(performance.now() - started).toBeLessThan(timeout_ms + 900)
  }
  expect((await patient).at('response', 'body')).toEqual({ at: 'last' })
}, 30_000)

test('U12 an answer in single bytes, with pauses, is the answer', async () => {
  const body = JSON.stringify({ text: 'Ünï😀'.repeat(9) })
  const whole = Buffer.from(`${OK}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  const chunked = Buffer.from(
    `${OK}Transfer-Encoding: chunked\r\n\r\n${[...Buffer.from(body)].map((byte) => `1\r\n${String.fromCharCode(byte)}\r\n`).join('')}0\r\n\r\n`,
    'latin1',
  )
  for (const bytes of [whole, chunked]) {
    shop.wire.reply = async ({ socket }) => {
      socket.setNoDelay(true)
      for (const byte of bytes) {
        await new Promise<void>((written) => socket.write(Buffer.from([byte]), () => written()))
      }
    }
    const answer = await shop.forward('/pay', { body: { a: 1 } })
    expect(answer.at('response', 'body')).toEqual(JSON.parse(body))
  }
  const delays = [100, 1_000]
  for (const delay of delays) {
    shop.wire.reply = ({ socket }) => void setTimeout(() => respond(socket, body), delay)
    const answer = await shop.forward('/pay', { body: { a: 1 } })
    expect(answer.at('response', 'body')).toEqual(JSON.parse(body))
    expect(Number(answer.at('timing', 'psp_ms'))).toBeGreaterThan(delay - 20)
  }
})
