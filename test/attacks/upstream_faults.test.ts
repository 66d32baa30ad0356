/**
 * @module A PSP that breaks off, closes, or answers what is no answer: the request arrives once, and the caller is told what is known.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import type { TLSSocket } from 'node:tls'
import { openShop, type Shop } from '../support/shop.ts'
import { respond, type WireRequest } from '../support/wire.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
/** Uses up the connections that the case before left, so that the next one is new. */
beforeEach(async () => {
  shop.wire.reply = ({ socket }) => {
    respond(socket, '{}', { headers: ['Connection: close'] })
    socket.end()
  }
  while ((await shop.forward('/settle')).status !== 200);
  shop.wire.requests.length = 0
})
afterAll(async () => {
  await shop.expectSound()
  await shop.stop()
})

const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE', 'GET']

/** Ways to end a connection of which a request was just read. */
const ENDS: Readonly<Record<string, (socket: TLSSocket) => void>> = {
  'a close without a byte': (socket) => socket.end(),
  'a cut without a byte': (socket) => socket.destroy(),
  'a reset without a byte': (socket) => reset(socket),
  'half a status line': (socket) => socket.end('HTTP/1.1 2'),
  'a status line alone': (socket) => socket.end('HTTP/1.1 200 OK\r\n'),
  'half a head': (socket) =>
    socket.end('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConte'),
  'a head without its body': (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'),
  'half a body': (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"ok"'),
  'half a body, then a reset': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"ok"', () => reset(socket))
  },
  'chunks without the last': (socket) =>
    socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n'),
  'half a chunk': (socket) =>
    socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{"ok"'),
  'an answer to come, then nothing': (socket) => socket.end('HTTP/1.1 100 Continue\r\n\r\n'),
}

/** RST in place of FIN, where the runtime can. */
function reset(socket: TLSSocket): void {
  if ('resetAndDestroy' in socket) socket.resetAndDestroy()
  else (socket as TLSSocket).destroy() // The same type: an older runtime without the method.
}

for (const reused of [false, true]) {
  const connection = reused ? 'one that was used before' : 'a new connection'
  test.each(Object.entries(ENDS))(`U02 ${connection}: %s`, async (name, end) => {
    for (const method of METHODS) {
      // What is idle from before is closed, so that the next connection is new.
      shop.wire.reply = ({ socket }) => {
        respond(socket, '{}', { headers: reused ? [] : ['Connection: close'] })
        if (!reused) socket.end()
      }
      await shop.forward('/warm')
      shop.wire.requests.length = 0
      shop.wire.reply = ({ socket }) => end(socket)
      const key = { 'idempotency-key': `${name} ${method} ${reused}`.replaceAll(' ', '_') }
      const request = { method, ...(method !== 'GET' && { body: { a: 1 } }) }
      const answer = await shop.forward('/pay', request, {}, key)
      const told = `${method}: ${answer.text}`
      expect(answer.status, told).toBe(502)
      expect(answer.at('error'), told).toMatchObject({ code: 'psp_broken', sent: 'unknown' })
      expect(
        shop.wire.requests.map(({ nth }) => nth > 0),
        told,
      ).toEqual([reused])
      // Nor is it sent again by the same key, which tells the same again.
      const again = await shop.forward('/pay', request, {}, key)
      expect(again.at('error', 'sent'), told).toBe('unknown')
      expect(shop.wire.requests.length, told).toBe(1)
      const record = await shop.call('GET', `/v1/forwards/${answer.textAt('error', 'forward')}`)
      expect(record.at('state'), record.text).toBe('unknown')
    }
  })
}

test('U03 a connection that the PSP closes just as it is used again: never two arrivals, never a false no', async () => {
  const arrived = new Map<string, number>()
  let seed = 7
  shop.wire.reply = ({ socket, line }: WireRequest) => {
    arrived.set(line, (arrived.get(line) ?? 0) + 1)
    respond(socket, '{}')
    // From at once to a few milliseconds later: before, while and after the next request leaves.
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
    setTimeout(() => socket.destroy(), (seed % 50) / 10)
  }
  const counts: Record<string, number> = {}
  const lane = async (from: number): Promise<void> => {
    for (let round = 0; round < 150; round++) {
      const method = METHODS[round % METHODS.length] ?? ''
      const path = `/race/${from}/${round}`
      const answer = await shop.forward(path, {
        method,
        ...(method !== 'GET' && { body: { a: 1 } }),
      })
      const sent = answer.textAt('sent') || answer.textAt('error', 'sent')
      counts[sent] = (counts[sent] ?? 0) + 1
      const times = arrived.get(`${method} ${path} HTTP/1.1`) ?? 0
      expect(sent === 'yes' ? [1] : sent === 'no' ? [0] : [0, 1], `${method} ${path}`).toContain(
        times,
      )
    }
  }
  await Promise.all(Array.from({ length: 8 }, (_, from) => lane(from)))
  console.log('U03', counts)
  expect(counts['yes']).toBeGreaterThan(600)
}, 20_000)

/** Bytes that are no answer of HTTP/1.1, or one that two readers would read in two ways. */
const NONSENSE: Readonly<Record<string, string>> = {
  garbage: 'not http at all\r\n\r\n',
  'a page of HTTP/0.9': '<html>ok</html>',
  'a status that is none': 'HTTP/1.1 abc OK\r\nContent-Length: 2\r\n\r\n{}',
  'a length and chunks':
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
  'two lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ',
  'a length that is none': 'HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n{}',
  'a negative length': 'HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}',
  'a bad chunk size': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n',
  'a chunk that is longer than it says':
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{}}}}}\r\n0\r\n\r\n',
  'a folded header':
    'HTTP/1.1 200 OK\r\nX-A: b\r\n Content-Length: 0\r\nContent-Length: 2\r\n\r\n{}',
  'a header without a colon': 'HTTP/1.1 200 OK\r\nnonsense\r\nContent-Length: 2\r\n\r\n{}',
  'a header name with a space': 'HTTP/1.1 200 OK\r\nX A: b\r\nContent-Length: 2\r\n\r\n{}',
  'a NUL in a header': 'HTTP/1.1 200 OK\r\nX-A: b\0c\r\nContent-Length: 2\r\n\r\n{}',
  'a header of 300 KB': `HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(300_000)}\r\nContent-Length: 2\r\n\r\n{}`,
  '5000 headers': `HTTP/1.1 200 OK\r\n${'X-A: b\r\n'.repeat(5_000)}Content-Length: 2\r\n\r\n{}`,
  'another protocol':
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
}

test.each(Object.entries(NONSENSE))('U05 an answer that is none: %s', async (_, bytes) => {
  shop.wire.reply = ({ socket }) => socket.end(Buffer.from(bytes, 'latin1'))
  const answer = await shop.forward('/pay', { body: { a: 1 } })
  expect(answer.status, answer.text).toBe(502)
  expect(answer.at('error')).toMatchObject({ code: 'psp_broken', sent: 'unknown' })
  expect(shop.wire.requests.length).toBe(1)
})

test('U05 odd answers that are answers: an unknown status, HTTP/1.0, answers to come before it', async () => {
  const early = 'HTTP/1.1 102 Processing\r\n\r\n'
  const odd = {
    'HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\n{}': 200,
    'HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\n{}': 999,
    'HTTP/1.0 200 OK\r\n\r\n{}': 200,
    [`${early.repeat(50)}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}`]: 200,
    'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}': 200,
  }
  for (const [bytes, status] of Object.entries(odd)) {
    shop.wire.reply = ({ socket }) => socket.end(bytes)
    const answer = await shop.forward('/pay', { body: { a: 1 } })
    expect(answer.at('response', 'status'), bytes.slice(0, 40) + answer.text).toBe(status)
    expect(answer.at('response', 'body')).toEqual({})
  }
})

test('U06 bytes after an answer are nobody’s answer', async () => {
  const forged =
    'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"forged":"yes"}'
  for (const extra of [
    forged,
    forged.repeat(3),
    'garbage',
    '\r\n\r\n',
    '\0',
    'HTTP/1.1 200 OK\r\n',
  ]) {
    for (let round = 0; round < 5; round++) {
      shop.wire.reply = ({ socket }) =>
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}${extra}`)
      const first = await shop.forward('/a')
      expect(first.text).not.toContain('forged')
      if (first.status === 200) expect(first.at('response', 'body')).toEqual({})
      else expect(first.at('error', 'sent')).toBe('unknown')
      shop.wire.reply = ({ socket }) => respond(socket, '{"mine":true}')
      const next = await shop.forward('/b', { body: { a: 1 } })
      expect(next.text).not.toContain('forged')
      if (next.status === 200) expect(next.at('response', 'body')).toEqual({ mine: true })
      else expect(next.at('error', 'sent')).toBe('unknown')
    }
  }
})
