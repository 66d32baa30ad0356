/**
 * @module The same answers over TLS: beside what `node:https` reads of them, and with what comes after on the connection.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { createServer } from 'node:tls'
import { parseCidr } from '../../../src/cidr.ts'
import { GatewayError } from '../../../src/errors.ts'
import type { Outgoing } from '../../../src/forward/call.ts'
import { openAuthority } from '../../../src/sandbox/authority.ts'
import { openTransport, type Transport } from '../../../src/forward/transport.ts'
import { respond, startWire, type Wire } from '../../support/wire.ts'
import { CASES } from './cases.ts'

let wire: Wire
let transport: Transport
let ca = ''

beforeAll(async () => {
  wire = await startWire()
  ca = readFileSync(wire.caFile, 'utf8')
})
afterAll(() => wire.stop())
beforeEach(() => {
  transport?.close()
  const networks = ['127.0.0.0/8', '::1/128'].flatMap((text) => parseCidr(text) ?? [])
  transport = openTransport({
    connect_timeout_ms: 5_000,
    max_response_bytes: 1_000_000,
    private_networks: networks,
    ca,
  })
  wire.requests.length = 0
  wire.connections = 0
  wire.reply = ({ socket }) => respond(socket, '{"mine":true}')
})

const call = (target: string, body: string | Buffer = '{}'): Outgoing => ({
  origin: wire.url,
  method: 'POST',
  target,
  headers: [],
  body: Buffer.from(body),
  fields: {},
})

/** What comes of a call: the answer, or how it failed. */
async function sent(
  target: string,
  { body, timeout = 5_000 }: { readonly body?: Buffer; readonly timeout?: number } = {},
): Promise<{ readonly status: number | string; readonly body: string; readonly left: boolean }> {
  let left = false
  const leaving = (): void => {
    left = true
  }
  try {
    const answer = await transport.send(call(target, body), timeout, leaving, null)
    return { status: answer.status, body: answer.body.toString('latin1'), left }
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    return { status: error.code, body: error.sent, left }
  }
}

/** Looks again and again whether it holds. */
async function eventually(holds: () => boolean, what: string): Promise<void> {
  const until = performance.now() + 5_000
  while (!holds()) {
    if (performance.now() > until) throw new Error(`not in time: ${what}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const portOf = (address: unknown): number =>
  typeof address === 'object' && address !== null && 'port' in address ? Number(address.port) : 0

/** What `node:https` makes of it. */
function byNode(): Promise<{ readonly status: number; readonly body: string } | null> {
  return new Promise((resolve) => {
    const asked = request(
      { ...new URL(wire.url), port: wire.port, host: 'localhost', ca },
      (got) => {
        const parts: Buffer[] = []
        got.on('data', (part: Buffer) => parts.push(part))
        got.on('error', () => resolve(null))
        got.on('end', () => {
          const body = Buffer.concat(parts).toString('latin1')
          resolve(got.complete ? { status: got.statusCode ?? 0, body } : null)
        })
      },
    )
    asked.on('upgrade', () => resolve(null))
    asked.on('error', () => resolve(null))
    asked.end()
  })
}

describe.each(CASES)('$title', (one) => {
  const bytes = Buffer.from(one.bytes, 'latin1')

  test('is told as it is, and what follows is not mixed up with it', async () => {
    wire.reply = ({ socket }) => {
      if (one.keeps) socket.write(bytes)
      else socket.end(bytes)
    }
    const first = await sent('/first')
    if (one.status === null) {
      expect(first).toEqual({ status: 'psp_broken', body: 'unknown', left: true })
    } else expect(first).toEqual({ status: one.status, body: one.body, left: true })
    wire.reply = ({ socket }) => respond(socket, '{"mine":true}')
    expect(await sent('/next')).toEqual({ status: 200, body: '{"mine":true}', left: true })
    expect(wire.requests.map(({ line }) => line)).toEqual([
      'POST /first HTTP/1.1',
      'POST /next HTTP/1.1',
    ])
    expect(wire.connections).toBe(one.keeps ? 1 : 2)
  })

  test('is read by node:https alike, but where the case says how not', async () => {
    wire.reply = ({ socket }) => socket.end(bytes)
    const node = await byNode()
    if (one.node === 'reads') expect(node).not.toBeNull()
    else if (one.node === 'refuses' || one.status === null) expect(node).toBeNull()
    else expect(node).toEqual({ status: one.status, body: one.body })
  })
})

describe('a connection', () => {
  test('carries one request after the other, and several at once are several', async () => {
    for (let nth = 0; nth < 5; nth++) expect((await sent(`/${nth}`)).status).toBe(200)
    expect(wire.connections).toBe(1)
    expect(transport.connections()).toEqual({ active: 0, idle: 1, waiting: 0 })
    const held: (() => void)[] = []
    wire.reply = ({ socket }) => held.push(() => respond(socket, '{}'))
    const three = ['/a', '/b', '/c'].map((target) => sent(target))
    await eventually(() => held.length === 3, 'three arrive')
    expect(transport.connections()).toEqual({ active: 3, idle: 0, waiting: 0 })
    for (const answer of held) answer()
    expect((await Promise.all(three)).map(({ status }) => status)).toEqual([200, 200, 200])
    expect(transport.connections()).toEqual({ active: 0, idle: 3, waiting: 0 })
  })

  test('that says something while it is idle is ended, and what it said is nobody’s', async () => {
    for (const said of ['HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged', '\r\n', '\0']) {
      await sent('/first')
      const [{ socket } = { socket: null }] = wire.requests.slice(-1)
      socket?.write(said)
      await eventually(() => transport.connections().idle === 0, 'it is ended')
      expect((await sent('/next')).body).toBe('{"mine":true}')
    }
    expect(wire.connections).toBe(4)
  })

  test('that the other side closes while it is idle is not used again', async () => {
    for (const how of ['end', 'destroy'] as const) {
      await sent('/first')
      wire.requests.at(-1)?.socket[how]()
      await eventually(() => transport.connections().idle === 0, 'it is gone')
      expect(await sent('/next')).toMatchObject({ status: 200 })
    }
  })

  test('that closes just as a request leaves on it: it is not known whether it arrived, and it is not sent again', async () => {
    await sent('/first')
    wire.reply = ({ socket }) => socket.destroy()
    expect(await sent('/pay')).toEqual({ status: 'psp_broken', body: 'unknown', left: true })
    expect(wire.requests.length).toBe(2)
  })

  test('is not kept after an answer that came before all of the request had left', async () => {
    const body = Buffer.alloc(8_000_000, 'x')
    // Answers the first bytes, and reads no further.
    const early = createServer((await openAuthority(wire.folder)).leaf, (socket) => {
      socket.on('error', () => socket.destroy())
      socket.once('data', () => {
        socket.pause()
        respond(socket, '{"early":true}')
      })
    })
    await new Promise<void>((ready) => early.listen(0, '127.0.0.1', ready))
    const origin = `https://localhost:${portOf(early.address())}`
    const answer = await transport.send({ ...call('/', body), origin }, 5_000, () => {}, null)
    expect(answer.body.toString()).toBe('{"early":true}')
    expect(transport.connections()).toEqual({ active: 0, idle: 0, waiting: 0 })
    early.close()
  })

  test('is counted as waited for until it has come about, and its deadline is told as not sent', async () => {
    const silent = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } })
    const origin = `https://localhost:${silent.port}`
    const gone = transport.send({ ...call('/'), origin }, 300, () => {}, null).catch((e) => e)
    expect(transport.connections()).toEqual({ active: 0, idle: 0, waiting: 1 })
    expect(await gone).toMatchObject({ code: 'psp_unreachable', sent: 'no' })
    expect(transport.connections()).toEqual({ active: 0, idle: 0, waiting: 0 })
    silent.stop(true)
  })

  test('ends with the way out: what waits for an answer is unknown, what waits for a connection is not sent', async () => {
    const silent = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } })
    const origin = `https://localhost:${silent.port}`
    await sent('/idle')
    wire.reply = () => undefined
    const answering = sent('/pay')
    await eventually(() => wire.requests.length === 2, 'it arrives')
    const waiting = transport.send({ ...call('/'), origin }, 5_000, () => {}, null).catch((e) => e)
    transport.close()
    expect(await answering).toEqual({ status: 'psp_broken', body: 'unknown', left: true })
    expect(await waiting).toMatchObject({ code: 'psp_unreachable', sent: 'no' })
    expect(transport.connections()).toEqual({ active: 0, idle: 0, waiting: 0 })
    silent.stop(true)
  })
})

test('a request has its place, its length and its body, and no header of anybody else', async () => {
  const body = Buffer.from('{"number":"4242424242424242"}')
  expect((await sent('/once', { body })).status).toBe(200)
  const [request] = wire.requests
  expect(request?.head).toEqual([
    `Host: localhost:${wire.port}`,
    `Content-Length: ${body.length}`,
    'Connection: keep-alive',
  ])
  expect(request?.body).toBe(body.toString())
})

test('what is no header of HTTP never leaves', async () => {
  const wrong: readonly (readonly [string, string])[] = [
    ['X A', 'b'],
    ['X-A\r\nX-B', 'b'],
    ['', 'b'],
    ['X-A', 'b\r\nX-B: c'],
    ['X-A', 'b\nc'],
    ['X-A', 'b\0'],
    ['X-A', '\u0100'],
    ['Content-Length', '0'],
    ['transfer-encoding', 'chunked'],
    ['Host', 'other'],
    ['Connection', 'close'],
  ]
  for (const header of wrong) {
    const request = { ...call('/'), headers: [header] }
    const failed = transport.send(request, 5_000, () => {}, null)
    expect(await failed.catch((error: unknown) => error), header.join()).toBeInstanceOf(TypeError)
  }
  for (const target of ['/ a', '/\r\n', 'a', '/\u0100', '//\t']) {
    const failed = transport.send(call(target), 5_000, () => {}, null)
    expect(await failed.catch((error: unknown) => error), target).toBeInstanceOf(TypeError)
  }
  expect(wire.connections).toBe(0)
})
