/**
 * @module Many at once: a caller that goes away, connections that run out.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connect, type Socket } from 'node:net'
import { install, type Served } from '../support/installed.ts'
import { rawRequest } from '../support/raw.ts'
import { openShop, type Shop } from '../support/shop.ts'
import { respond, type WireRequest } from '../support/wire.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(async () => {
  await shop.expectSound()
  await shop.stop()
})

/** Resolves when a request reaches the PSP, which answers when it is told to. */
function nextRequest(): Promise<WireRequest> {
  return new Promise((resolve) => {
    shop.wire.reply = resolve
  })
}

/** Waits until a forward is in another state than `sending`: the server says so itself. */
async function ended({ call }: Pick<Served, 'call'>, id: string): Promise<string> {
  for (;;) {
    const state = (await call('GET', `/v1/forwards/${id}`)).textAt('state')
    if (state !== 'sending') return state
  }
}

test('U08 a caller that goes away: the payment goes on, is recorded, and is told to the same key', async () => {
  const ways: readonly ((socket: Socket) => void)[] = [
    (socket) => socket.end(),
    (socket) => socket.destroy(),
    (socket) => socket.resetAndDestroy(),
  ]
  for (const [at, leave] of ways.entries()) {
    for (const reached of [true, false]) {
      shop.wire.requests.length = 0
      const body = JSON.stringify({
        request: { url: `${shop.wire.url}/pay`, body: { at, reached } },
      })
      const key = `gone-${at}-${reached}`
      const arrival = nextRequest()
      const socket = connect(shop.port, '127.0.0.1')
      const headers = [
        'Host: gateway.test',
        `Authorization: Bearer ${shop.key}`,
        `Idempotency-Key: ${key}`,
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
      ]
      socket.on('error', () => socket.destroy())
      const written = new Promise((done) =>
        socket.write(rawRequest('POST /v1/forward HTTP/1.1', headers, body), done),
      )
      // Either the caller goes while the PSP has it, or as soon as all was said.
      if (reached) await arrival
      else await written
      leave(socket)
      const request = await arrival
      respond(request.socket, '{"paid":true}')
      const newest = await shop.call('GET', '/v1/forwards?limit=1')
      expect(await ended(shop, newest.textAt('data', 0, 'id'))).toBe('done')
      const again = await shop.call('POST', '/v1/forward', body, { 'idempotency-key': key })
      expect(again.at('response', 'body')).toEqual({ paid: true })
      expect(shop.wire.requests.length).toBe(1)
    }
  }
})

test('U13 connections that run out: what could not be sent says so, and it recovers', async () => {
  const own = await install(shop.wire)
  const limited = await own.serve({}, ['/bin/bash', '-c', 'ulimit -n 90; exec "$0" "$@"'])
  const held: WireRequest[] = []
  shop.wire.reply = (request) => held.push(request)
  shop.wire.requests.length = 0
  const calls = Array.from({ length: 60 }, (_, at) =>
    limited
      .call('POST', '/v1/forward', {
        timeout_ms: 8_000,
        request: { url: `${shop.wire.url}/${at}`, body: {} },
      })
      .catch(() => null),
  )
  // Those that failed are told at once; the others wait for the PSP.
  const first = await Promise.race([
    Promise.any(
      calls.map(async (call) => (await call)?.at('error') ?? Promise.reject(new Error('none'))),
    ),
    Bun.sleep(3_000),
  ])
  for (const { socket } of held.splice(0)) respond(socket, '{}')
  shop.wire.reply = ({ socket }) => respond(socket, '{}')
  const answers = await Promise.all(calls)
  const told = answers.flatMap((answer) =>
    answer ? [answer.textAt('sent') || answer.textAt('error', 'sent')] : [],
  )
  expect(first).toBeDefined()
  expect(told.filter((sent) => sent === 'yes').length).toBeGreaterThan(5)
  expect(told.filter((sent) => sent === 'unknown')).toEqual([])
  expect(shop.wire.requests.length).toBe(told.filter((sent) => sent === 'yes').length)
  const after = await limited.call('POST', '/v1/forward', {
    request: { url: shop.wire.url, body: {} },
  })
  expect(after.at('sent'), after.text).toBe('yes')
  await limited.program.stop()
}, 20_000)
