/**
 * @module Answers that would lead the gateway elsewhere, or leave something behind at the merchant; and who else could send.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openShop, type Shop } from '../support/shop.ts'
import { respond, startWire, type Wire } from '../support/wire.ts'

let shop: Shop
let other: Wire
beforeAll(async () => {
  shop = await openShop()
  other = await startWire()
  // Listed too, so that nothing but the rule keeps a request from it.
  await shop.call('POST', '/v1/destinations', { host: 'localhost', port: other.port })
})
afterAll(async () => {
  await shop.expectSound()
  await shop.stop()
  await other.stop()
})

const STATUSES = [300, 301, 302, 303, 305, 307, 308]

test.each(STATUSES)(
  'S07 a redirect by %i is handed back, and nothing is sent again',
  async (status) => {
    const token = await shop.token()
    const places = [
      `${other.url}/next`,
      `${shop.wire.url}/next`,
      '/next',
      `http://localhost:${shop.wire.port}/`,
      'file:///etc/passwd',
    ]
    for (const place of places) {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
        shop.wire.requests.length = 0
        shop.wire.reply = ({ socket }) =>
          respond(socket, '{}', { status, headers: [`Location: ${place}`] })
        const headers = { Authorization: 'Bearer of-the-psp' }
        const body = { n: '{{ card.number }}' }
        const answer = await shop.forward('/pay', { method, headers, body }, { token })
        expect(answer.at('sent')).toBe('yes')
        expect(answer.at('response', 'status')).toBe(status)
        expect(answer.at('response', 'headers', 'location')).toBe(place)
        expect(shop.wire.requests.map(({ line }) => line)).toEqual([`${method} /pay HTTP/1.1`])
        expect(other.connections).toBe(0)
      }
    }
  },
)

test('S18 headers of the answer that would act on the merchant are kept back', async () => {
  const acting = [
    'Set-Cookie: a=b',
    'Clear-Site-Data: "*"',
    'Alt-Svc: h3=":443"',
    'Strict-Transport-Security: max-age=1',
    'Connection: X-Named',
    'X-Named: by Connection',
    'Keep-Alive: timeout=9',
    'Proxy-Authenticate: Basic',
    'Trailer: X-End',
    'Upgrade: h2c',
    'Via: 1.1 psp',
    'Access-Control-Allow-Origin: *',
    'Access-Control-Allow-Credentials: true',
    'Service-Worker-Allowed: /',
    'Refresh: 0; url=https://evil.example',
    'NEL: {}',
    'Report-To: {}',
    'Reporting-Endpoints: a="https://evil.example"',
  ]
  shop.wire.reply = ({ socket }) =>
    respond(socket, '{}', {
      headers: [...acting, 'X-Kept: yes', `Location: /${'a'.repeat(9_000)}`],
    })
  const answer = await shop.forward('/a')
  const headers = Object.keys(Object(answer.at('response', 'headers'))).toSorted()
  expect(headers.filter((name) => !['content-type', 'content-length'].includes(name))).toEqual([
    'location',
    'x-kept',
  ])
  expect(Object.keys(Object.fromEntries(answer.headers))).not.toContain('set-cookie')

  const passed = await shop.call('POST', '/proxy', '{}', {
    'bt-api-key': shop.key,
    'bt-proxy-url': `${shop.wire.url}/a`,
    authorization: '',
  })
  const names = Object.keys(Object.fromEntries(passed.headers))
  expect(passed.headers.get('x-kept')).toBe('yes')
  for (const line of acting.filter((one) => !/^(?:Connection|Keep-Alive)/.test(one))) {
    expect(names).not.toContain(line.slice(0, line.indexOf(':')).toLowerCase())
  }
})

test('S15 asked to call itself, it meets no TLS and sends nothing', async () => {
  const admin = shop.served.program.stderr().match(/"address":"[^"]*:(\d+)"/g) ?? []
  const ports = new Set([shop.port, ...admin.map((text) => Number(/:(\d+)"$/.exec(text)?.[1]))])
  for (const port of ports) {
    for (const host of ['localhost', '127.0.0.1']) {
      expect((await shop.call('POST', '/v1/destinations', { host, port })).status).toBe(201)
      const answer = await shop.call('POST', '/v1/forward', {
        request: { url: `https://${host}:${port}/v1/keys`, body: {} },
      })
      expect(answer.at('error')).toMatchObject({ code: 'psp_tls', sent: 'no' })
    }
  }
})

const SCHEMES = [
  'http://localhost/',
  'file:///etc/passwd',
  'data:text/plain,a',
  's3://bucket/key',
  'blob:https://localhost/1',
  'unix:/run/a.sock',
  'ftp://localhost/',
  'gopher://localhost/',
  'ws://localhost/',
  'wss://localhost/',
  'javascript:1',
  'jar:https://localhost!/a',
  'about:blank',
  'https+unix://a/',
  'view-source:https://localhost/',
  '//localhost/',
  '/a',
  '',
  'https',
  'https:',
  'https://',
]

test('S16 no scheme but https', async () => {
  shop.wire.requests.length = 0
  for (const url of SCHEMES) {
    const answer = await shop.call('POST', '/v1/forward', { request: { url, body: {} } })
    expect(answer.status, url).toBe(400)
    expect(answer.at('error', 'sent')).toBe('no')
    for (const dialect of [
      { 'bt-api-key': shop.key, 'bt-proxy-url': url },
      { 'bt-authorization': `Bearer ${shop.key}`, 'bt-target-url': url },
    ]) {
      const path = 'bt-api-key' in dialect ? '/proxy' : `/tenants/${shop.installed.tenant}/proxy`
      const proxied = await shop.call('POST', path, '{}', { ...dialect, authorization: '' })
      expect([400, 401, 403, 404, 422], `${path} ${url}: ${proxied.text}`).toContain(proxied.status)
    }
    const ozura = await shop.call(
      'POST',
      '/proxy/transaction',
      { proxy_url: url, request_data: {} },
      { 'x-api-key': shop.key, authorization: '' },
    )
    expect(ozura.status, url).toBe(400)
  }
  expect(shop.wire.requests).toEqual([])
})

test('S17 no adapter has the means to send, read or run anything itself', () => {
  const folder = join(import.meta.dir, '../../adapters')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )
  expect(files.length).toBeGreaterThan(1)
  for (const file of files) {
    const code = readFileSync(join(folder, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    const imports = [...code.matchAll(/from '([^']+)'|import\('([^']+)'\)/g)].map(
      ([, a, b]) => a ?? b,
    )
    expect(
      imports.filter((from) => !from?.startsWith('.')),
      file,
    ).toEqual([])
    expect(
      code.match(
        /(?<![\w.'])(?:fetch|Bun|process|require|globalThis|eval|Function|XMLHttpRequest|WebSocket|setTimeout|Date\.now|Math\.random)\b(?!['":])/g,
      ),
      file,
    ).toBeNull()
  }
})
