/**
 * @module What strangers and browsers meet: which ports there are, what each answers, no other site let in, guards on every answer.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { routesOf } from '../../src/app.ts'
import type { Route } from '../../src/route.ts'
import { VERSION } from '../../src/version.ts'
import { startGateway } from '../support/gateway.ts'
import type { Reply } from '../support/installed.ts'
import { sendRaw } from '../support/raw.ts'
import { reach } from '../support/reach.ts'
import { openShop, type Shop } from '../support/shop.ts'

let shop: Shop
let routes: readonly Route[]
beforeAll(async () => {
  // Open to the network, as behind a balancer on another machine.
  shop = await openShop({ PANGATE_SERVER_LISTEN: '0.0.0.0:0' })
  const gateway = await startGateway()
  routes = routesOf(gateway.gateway, () => true)
  await gateway.close()
}, 20_000)
afterAll(() => shop.stop())

const named = ({ method, path, tag }: Route): string => `${method} ${path} (${tag})`
const methodOf = ({ method }: Route): string => (method === 'ANY' ? 'POST' : method)

interface Socket {
  readonly address: string
  readonly port: number
}

/** The TCP sockets on which a process listens (Linux, proc(5)). */
function listening(pid: number): readonly Socket[] {
  const own = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return [/^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1]]
      } catch {
        // Closed in the meantime.
        return []
      }
    }),
  )
  return ['tcp', 'tcp6'].flatMap((family) =>
    readFileSync(`/proc/${pid}/net/${family}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) => state === '0A' && own.has(inode))
      .map(([, local = '']) => {
        const [address = '', port = ''] = local.split(':')
        const bytes = address.match(/../g)?.toReversed() ?? []
        return {
          address: family === 'tcp' ? bytes.map((byte) => parseInt(byte, 16)).join('.') : address,
          port: parseInt(port, 16),
        }
      }),
  )
}

const isLinux = process.platform === 'linux'
if (!isLinux) console.log('skipped: /proc tells of sockets on Linux alone')

const connects = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, host, () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })

test.skipIf(!isLinux)(
  'P11 two ports: the public one where it is told to be, the admin one on loopback',
  async () => {
    const sockets = listening(shop.served.program.pid)
    expect(sockets).toHaveLength(2)
    const open = sockets.find(({ port }) => port === shop.port)
    const admin = sockets.find(({ port }) => port !== shop.port)
    expect([open?.address, admin?.address]).toEqual(['0.0.0.0', '127.0.0.1'])
    expect(await connects('127.0.0.2', shop.port)).toBe(true)
    // Another address of the same machine does not reach it.
    expect(await connects('127.0.0.2', admin?.port ?? 0)).toBe(false)

    // Nothing of the API is on the admin port, and nothing of the admin port on the public one.
    const ask = (path: string, method = 'GET') =>
      fetch(`http://127.0.0.1:${admin?.port}${path}`, {
        method,
        headers: { authorization: `Bearer ${shop.key}` },
      })
    const both = new Set(['/healthz', '/readyz'])
    for (const route of routes.filter(({ path }) => !both.has(path))) {
      const answer = await ask(route.path.replace(/:\w+/g, 'x'), methodOf(route))
      expect(answer.status, named(route)).toBe(404)
    }
    const metrics = await ask('/metrics')
    expect([metrics.status, await metrics.text()]).toEqual([
      200,
      expect.stringContaining('pangate_uptime_seconds'),
    ])
  },
)

// First, because lines about what strangers ask for are bounded, and what follows asks for much.
test('P11 what has no route is in the log and in the numbers, without its path', async () => {
  const answer = await shop.call('GET', '/secret-path-of-somebody')
  const id = answer.headers.get('x-request-id') ?? ''
  const [line] = await shop.served.program.waitForLine(new RegExp(`^.*"${id}".*$`))
  expect(JSON.parse(line)).toMatchObject({
    event: 'request',
    status: 404,
    code: 'not_found',
    method: 'GET',
  })
  expect(shop.served.program.stderr()).not.toContain('secret-path-of-somebody')
})

test('P11 nothing of the operator is on the public port, with or without a key', async () => {
  const paths = ['/metrics', '/unseal', '/seal', '/admin', '/debug', '/debug/pprof', '/status']
  const more = ['/config', '/shutdown', '/reload', '/v1/metrics', '/v1/tenants', '/v1/master-key']
  for (const path of [...paths, ...more, '/.env', '/pangate.toml', '/data/pangate.db']) {
    for (const method of ['GET', 'POST', 'PUT']) {
      for (const authorization of ['', `Bearer ${shop.key}`]) {
        const answer = await shop.call(method, path, undefined, { authorization })
        expect(answer.status, `${method} ${path}`).toBe(404)
      }
    }
  }
  for (const path of ['/healthz', '/readyz']) {
    expect((await shop.call('GET', path)).text).toMatch(/^\{"status":"(?:ok|ready)"\}$/)
  }
})

test('P11 no other site may call: no preflight is answered, no origin is allowed, on any route', async () => {
  let cases = 0
  for (const route of routes) {
    const path = route.path.replace(/:\w+/g, 'x').replace('*', 'x')
    for (const origin of ['https://evil.example', 'null', shop.served.url]) {
      const preflight = await shop.call('OPTIONS', path, undefined, {
        authorization: '',
        origin,
        'access-control-request-method': methodOf(route),
        'access-control-request-headers': 'authorization,x-api-key',
      })
      expect(preflight.status, named(route)).toBeGreaterThanOrEqual(400)
      const answer = await shop.call(methodOf(route), path, undefined, {
        origin,
        ...reach(routes, route, shop.key),
      })
      for (const { headers } of [preflight, answer]) {
        const allowed = [...headers.keys()].filter((name) => name.startsWith('access-control'))
        expect(allowed, `${named(route)} for ${origin}`).toEqual([])
      }
      cases += 2
    }
  }
  console.log(`P11: ${cases} requests of other sites`)
})

const GUARDS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const

function expectGuards({ headers }: Reply, what: string): void {
  for (const [name, value] of Object.entries(GUARDS)) {
    expect(headers.get(name), `${what}: ${name}`).toBe(value)
  }
  expect(headers.get('content-security-policy'), what).toContain("default-src 'none'")
  expect(headers.get('content-security-policy'), what).toContain("frame-ancestors 'none'")
  expect(headers.get('x-request-id'), what).toMatch(/^req_/)
  for (const name of ['server', 'x-powered-by', 'set-cookie', 'etag']) {
    expect(headers.get(name), `${what}: ${name}`).toBeNull()
  }
}

test('P11 guards on every answer: of every route, with and without a key, of what is no route and of what is refused', async () => {
  for (const route of routes) {
    const path = route.path.replace(/:\w+/g, 'x').replace('*', 'x')
    for (const key of [shop.key, '']) {
      const body = route.body ? {} : undefined
      const answer = await shop.call(methodOf(route), path, body, {
        authorization: key && `Bearer ${key}`,
        ...reach(routes, route, key),
      })
      expectGuards(answer, `${named(route)} ${key ? 'with' : 'without'} a key`)
    }
  }
  for (const [method, path, headers] of [
    ['GET', '/nothing', {}],
    ['PUT', '/v1/tokens', {}],
    ['POST', '/v1/tokens', { 'content-type': 'text/plain' }],
    ['POST', '/v1/tokens', { 'content-encoding': 'gzip' }],
    ['TRACE', '/v1/tokens', {}],
  ] as const) {
    const body = method === 'POST' ? 'x' : undefined
    const answer = await shop.call(method, path, body, headers).catch(() => null)
    if (answer) expectGuards(answer, `${method} ${path}`)
  }
})

/** What would tell a stranger what it is made of, or where it broke. */
const HINTS =
  /bun\b|elysia|typebox|drizzle|libsql|sqlite|node_modules|node:|[/\\]src[/\\]|\.tsx?\b|\n\s+at |TypeError|\$bunfs/i

test('L11 no answer says what the server is made of: of every route, wrong in five ways, and of what is no request', async () => {
  const told: string[] = []
  const hear = (what: string, text: string, headers: Iterable<readonly [string, string]>): void => {
    const all = `${[...headers].map((one) => one.join(': ')).join('\n')}\n${text}`
    const hint = HINTS.exec(all)?.[0]
    if (hint !== undefined) told.push(`${what}: ${hint}`)
    // The reference of the API says which it is, so that clients know what they call.
    const reference = /^GET \/(?:docs|openapi\.json) /.test(what)
    if (!reference && all.includes(VERSION)) told.push(`${what}: ${VERSION}`)
  }
  const bodies = [undefined, '{', '[[[1e999]]]', '{"__proto__":{"a":1}}', '\0\xff']
  for (const route of routes) {
    const path = route.path.replace(/:\w+/g, '%00x').replace('*', 'x')
    const method = methodOf(route)
    for (const body of method === 'GET' ? [undefined] : bodies) {
      const answer = await shop.call(method, path, body, reach(routes, route, shop.key))
      hear(`${named(route)} ${body}`, answer.text, answer.headers)
    }
  }
  for (const bytes of [
    'nonsense\r\n\r\n',
    `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    'GET / HTTP/9.9\r\nHost: a\r\n\r\n',
    'POST /v1/tokens HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n',
    'TRACE / HTTP/1.1\r\nHost: a\r\n\r\n',
  ]) {
    const { text } = await sendRaw(shop.port, bytes)
    hear(JSON.stringify(bytes.slice(0, 40)), text, [])
    expect(text).not.toMatch(/^(?:server|x-powered-by|via):/im)
  }
  expect(told).toEqual([])
})

test('P11 guards beside an answer of the PSP that is passed through, which keeps what it says itself', async () => {
  shop.wire.reply = ({ socket }) => {
    socket.end(
      'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\nCache-Control: private\r\n' +
        'Access-Control-Allow-Origin: *\r\nConnection: close\r\n\r\nok',
    )
  }
  const answer = await shop.call('POST', '/tenants/shop/proxy', '{}', {
    authorization: '',
    'bt-authorization': `Bearer ${shop.key}`,
    'bt-target-url': `${shop.wire.url}/pay`,
  })
  expect([answer.status, answer.text]).toEqual([200, 'ok'])
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(answer.headers.get('cache-control')).toBe('private')
  expect(answer.headers.get('access-control-allow-origin')).toBeNull()
})
