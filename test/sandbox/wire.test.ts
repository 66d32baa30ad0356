/**
 * @module The seed's JSON charge, the echoes, the faults on request, and the record of what was received.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { send, start } from './support.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await start()
})
afterAll(() => sandbox.stop())

const json = (path: string, value: unknown) =>
  send(sandbox, path, {
    headers: { 'content-type': 'application/json', authorization: 'Bearer sk_test_xxx' },
    body: typeof value === 'string' ? value : JSON.stringify(value),
  })

describe('a charge in JSON, as a gateway sends it', () => {
  const source = { number: '4242424242424242', exp_month: '12', exp_year: '2030', cvc: '123' }

  test.each([
    source,
    { ...source, exp_month: 12, exp_year: 2030 },
    { ...source, exp_month: '02', exp_year: '30' },
    { ...source, exp_month: 2, exp_year: 30, object: 'card' },
    { ...source, number: 4242424242424242 },
  ])('%j', async (card) => {
    const answer = await json('/v1/charges', { amount: 2000, currency: 'usd', source: card })
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json'])
    expect(answer.json).toMatchObject({
      object: 'charge',
      amount: 2000,
      currency: 'usd',
      status: 'succeeded',
      paid: true,
      captured: true,
      source: { last4: '4242', exp_year: 2030 },
    })
    expect(answer.json.id).toMatch(/^ch_\w{24}$/)
    expect(answer.text).not.toContain('4242424242424242')
  })

  test('declines and mistakes are those of a form', async () => {
    const declined = await json('/v1/charges', {
      amount: 2000,
      currency: 'usd',
      source: { ...source, number: '4000000000000002' },
    })
    expect([declined.status, declined.json.error.decline_code]).toEqual([402, 'generic_decline'])
    const empty = await json('/v1/charges', {
      amount: 2000,
      currency: 'usd',
      source: { ...source, cvc: '' },
    })
    expect([empty.status, empty.json.error.param]).toEqual([400, 'source[cvc]'])
    const raw = await json('/v1/charges', {
      amount: 2000,
      currency: 'usd',
      source: { ...source, number: '${cardNumber}' },
    })
    expect([raw.status, raw.json.error.code]).toEqual([402, 'invalid_number'])
  })

  test('payment intents take JSON as well', async () => {
    const { number, cvc } = source
    const answer = await json('/v1/payment_intents', {
      amount: 2000,
      currency: 'usd',
      confirm: true,
      payment_method_data: { type: 'card', card: { number, cvc, exp_month: 1, exp_year: 2027 } },
    })
    expect([answer.status, answer.json.status]).toEqual([200, 'succeeded'])
  })
})

describe('echo', () => {
  test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    '%s shows what arrived',
    async (method) => {
      const body =
        method === 'GET' ? undefined : '{"n":"4242 4242 4242 4242","cvc":"123","amount":10.00}'
      const answer = await send(sandbox, '/echo?pan=4242424242424242&cvc=123&x=1', {
        method,
        headers: {
          'content-type': 'application/json',
          'x-card': '4242-4242-4242-4242',
          authorization: 'Bearer mine',
        },
        ...(body !== undefined && { body }),
      })
      expect(answer.json).toMatchObject({
        method,
        path: '/echo',
        query: 'pan=424242******4242&cvc=***&x=1',
      })
      expect(answer.json.headers).toMatchObject({
        'x-card': '424242******4242',
        authorization: 'Bearer mine',
      })
      expect(answer.json.body_bytes_sha256).toBe(
        createHash('sha256')
          .update(body ?? '')
          .digest('hex'),
      )
      if (body !== undefined) {
        expect(answer.json.body).toEqual({ n: '424242******4242', cvc: '***', amount: 10 })
        expect(answer.json.body_text).toBe('{"n":"424242******4242","cvc":"***","amount":10.00}')
      }
      expect(answer.text.replace(/[ -]/g, '')).not.toContain('4242424242424242')
    },
  )

  test('raw: the same bytes and type, for published numbers only', async () => {
    const body = '<card><n>5555555555554444</n><cvc>123</cvc></card>'
    const answer = await send(sandbox, '/echo/raw', {
      body,
      headers: { 'content-type': 'text/xml' },
    })
    expect([answer.text, answer.headers['content-type']]).toEqual([body, 'text/xml'])
    for (const other of [
      '4539578763621486',
      '4539 5787 6362 1486',
      'a=4539%205787%206362%201486',
    ]) {
      const refused = await send(sandbox, '/echo/raw', { body: other })
      expect([refused.status, refused.text.includes('1486')]).toEqual([422, false])
    }
    const time = await send(sandbox, '/echo/raw', { body: '{"at":1781481600007}' })
    expect(time.status).toBe(200)
  })

  test.each([
    ['gzip', gunzipSync],
    ['br', brotliDecompressSync],
    ['deflate', inflateSync],
    ['zstd', zstdDecompressSync],
  ] as const)('%s', async (encoding, decode) => {
    const small = await send(sandbox, `/encoded?type=${encoding}`)
    expect(small.headers['content-encoding']).toBe(encoding)
    expect(JSON.parse(decode(small.bytes).toString())).toEqual({ encoded: encoding, ok: true })
    const raw = await send(sandbox, `/echo/raw?encoding=${encoding}&status=402`, {
      body: '4242424242424242',
    })
    expect([raw.status, decode(raw.bytes).toString()]).toEqual([402, '4242424242424242'])
  })
})

describe('faults', () => {
  test('drop: no answer at all, or half of one', async () => {
    const seen = sandbox.requests().length
    await expect(send(sandbox, '/drop', { body: 'a=1' })).rejects.toThrow(
      /hang up|ECONNRESET|closed/,
    )
    await expect(send(sandbox, '/drop?after=headers', { body: 'a=1' })).rejects.toThrow(
      /aborted|broke off/,
    )
    const dropped = sandbox.requests().slice(seen)
    expect(dropped).toHaveLength(2)
    expect(dropped.every(({ path, status }) => path === '/drop' && status === null)).toBe(true)
    expect(dropped[0]).toMatchObject({ method: 'POST', body: 'a=1', bytes: 3 })
  })

  test('status, redirect, large', async () => {
    expect((await send(sandbox, '/status/503')).status).toBe(503)
    expect((await send(sandbox, '/status/204')).bytes).toHaveLength(0)
    expect((await send(sandbox, '/status/999')).status).toBe(400)
    const redirect = await send(sandbox, '/redirect?status=307&to=https://localhost/x')
    expect([redirect.status, redirect.headers.location]).toEqual([307, 'https://localhost/x'])
    expect((await send(sandbox, '/redirect?to=%0d%0ax:y')).status).toBe(400)
    expect((await send(sandbox, '/large?bytes=3000000')).bytes).toHaveLength(3_000_000)
  })

  test('slow answers late, and does not hold up a stop', async () => {
    expect(JSON.parse((await send(sandbox, '/slow?ms=1')).text)).toEqual({ slow: 1 })
    const own = await start()
    const waiting = send(own, '/slow?ms=600000').catch((error: Error) => error)
    while (own.requests().length === 0) await new Promise((resolve) => setImmediate(resolve))
    await own.stop()
    expect(await waiting).toBeInstanceOf(Error)
  })
})

test('the record over HTTP, for those who run the sandbox as a program', async () => {
  const own = await start()
  try {
    await send(own, '/echo?n=4242424242424242', {
      body: 'cvc=123',
      headers: { authorization: 'Bearer sk_test_x', cookie: 'a=b' },
    })
    const { json: list } = await send(own, '/requests')
    expect(list.total).toBe(1)
    expect(list.data[0]).toMatchObject({
      method: 'POST',
      query: 'n=424242******4242',
      body: 'cvc=***',
      status: 200,
    })
    expect(list.data[0]?.headers).toMatchObject({
      authorization: 'Bearer [masked]',
      cookie: '[masked]',
    })
    expect((await send(own, '/requests', { method: 'DELETE' })).status).toBe(204)
    expect(own.requests()).toHaveLength(0)
    expect((await send(own, '/nothing')).status).toBe(404)
    expect((await send(own, '/', { method: 'POST' })).headers.allow).toBe('GET')
  } finally {
    await own.stop()
  }
})
