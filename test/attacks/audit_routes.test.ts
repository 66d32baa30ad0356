/**
 * @module Every route either leaves its line in the audit log, or is listed here with why it needs none.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { routesOf } from '../../src/app.ts'
import { auditLines, databaseOf, linesOf } from '../support/audit.ts'
import { canaryCard } from '../support/canary.ts'
import { startGateway } from '../support/gateway.ts'
import { ASKS_FOR_CARDS, type Reply } from '../support/installed.ts'
import { openShop, type Shop } from '../support/shop.ts'

let shop: Shop
let path: string
let key: string
/** The routes that there are, as they are in the sources that the executable was made of. */
let routes: readonly string[]
beforeAll(async () => {
  shop = await openShop()
  path = databaseOf(shop.installed.dir)
  const scopes = 'tokens:write,tokens:read,tokens:reveal,forward,forwards:read,admin'
  const printed = await shop.installed.command(
    ...['key', 'create', '--tenant', 'shop', '--scope', scopes, '--json'],
  )
  key = String(JSON.parse(printed).key)
  const gateway = await startGateway()
  routes = [
    ...new Set(routesOf(gateway.gateway, () => true).map((one) => `${one.method} ${one.path}`)),
  ]
  await gateway.close()
}, 20_000)
afterAll(() => shop.stop())

const NUMBER = canaryCard()
const BT_CARD = { number: NUMBER, expiration_month: 12, expiration_year: 2034 }

/** A call with all scopes, in the headers of every dialect where `as` does not say another. */
function call(
  method: string,
  where: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  return shop.call(method, where, body, { authorization: `Bearer ${key}`, ...headers })
}
const bt = (method: string, where: string, body?: unknown, more = {}): Promise<Reply> =>
  shop.call(method, where, body, {
    ...{ authorization: '', 'bt-api-key': key },
    // With this key's scopes, most of its answers have the data of tokens.
    [ASKS_FOR_CARDS]: 'yes',
    ...more,
  })
const ozura = (method: string, where: string, body?: unknown): Promise<Reply> =>
  shop.call(method, where, body, { authorization: '', 'x-api-key': key })

const idOf = async (reply: Promise<Reply>): Promise<string> => (await reply).textAt('id')
let made = 0
const target = (): string => `${shop.wire.url}/pay`
const account = () =>
  call('POST', '/v1/accounts', {
    adapter: 'stripe',
    mode: 'sandbox',
    name: `a${++made}`,
    credentials: { api_key: 'sk_test_x' },
    base_url: shop.wire.url,
  })
/** Whose PSP sends messages. */
const praxis = () =>
  call('POST', '/v1/accounts', {
    adapter: 'praxis',
    mode: 'sandbox',
    name: `p${++made}`,
    credentials: { merchant_id: 'm', application_key: 'a', merchant_secret: 's' },
  })
const newHost = () => ({ host: `h${++made}.example` })

interface Told {
  /** What the line says. */
  readonly action: string
  /** What the vault is opened for. */
  readonly purpose?: string
  readonly call: () => Promise<Reply>
}

const opens = (purpose: string, run: () => Promise<Reply>): Told => ({
  action: 'vault.open',
  purpose,
  call: run,
})
const does = (action: string, run: () => Promise<Reply>): Told => ({ action, call: run })

const btForward = (where: string) =>
  opens('forward', async () => {
    const token = await shop.token()
    return bt('POST', where, JSON.stringify({ n: `{{ ${token} }}` }), { 'bt-proxy-url': target() })
  })
const aiForward = (where: string) =>
  opens('forward', () =>
    shop.call('POST', where, '{}', {
      authorization: '',
      'bt-authorization': `Bearer ${key}`,
      'bt-target-url': target(),
    }),
  )
const btToken = () => idOf(bt('POST', '/tokens', { type: 'card', data: BT_CARD }))
const masked = (method: string, where: string, body?: unknown) =>
  opens('mask', async () => {
    await btToken()
    return bt(method, where, body)
  })
const detokenized = (where: string) =>
  opens('detokenize', async () => bt('POST', where, { n: `{{ ${await btToken()} }}` }))

/** Routes and their lines. */
const TOLD: Readonly<Record<string, Told>> = {
  'POST /v1/forward': opens('forward', async () =>
    shop.forward('/pay', { body: { n: '{{ card.number }}' } }, { token: await shop.token() }),
  ),
  'POST /v1/notifications/:account': opens('notification', async () =>
    call('POST', `/v1/notifications/${await idOf(praxis())}`, '{}'),
  ),
  'POST /v1/tokens/:id/reveal': opens('reveal', async () =>
    call('POST', `/v1/tokens/${await shop.token()}/reveal`),
  ),
  'DELETE /v1/tokens/:id': does('token.erase', async () =>
    call('DELETE', `/v1/tokens/${await shop.token()}`),
  ),
  'POST /v1/accounts': does('account.add', account),
  'DELETE /v1/accounts/:id': does('account.remove', async () =>
    call('DELETE', `/v1/accounts/${await idOf(account())}`),
  ),
  'POST /v1/destinations': does('destination.add', () =>
    call('POST', '/v1/destinations', newHost()),
  ),
  'DELETE /v1/destinations/:id': does('destination.remove', async () =>
    call('DELETE', `/v1/destinations/${await idOf(call('POST', '/v1/destinations', newHost()))}`),
  ),
  ...Object.fromEntries(
    (['keys', 'clients'] as const).flatMap((kind): readonly [string, Told][] => {
      const make = () => call('POST', `/v1/${kind}`, { scopes: ['forward'] })
      const noun = kind.slice(0, -1)
      return [
        [`POST /v1/${kind}`, does(`${noun}.create`, make)],
        [
          `DELETE /v1/${kind}/:id`,
          does(`${noun}.revoke`, async () => call('DELETE', `/v1/${kind}/${await idOf(make())}`)),
        ],
      ]
    }),
  ),
  'GET /v1/audit': does('audit.read', () => call('GET', '/v1/audit')),
  'ANY /proxy': btForward('/proxy'),
  'ANY /proxy/*': btForward('/proxy/further'),
  'ANY /tenants/:tenantId/proxy': aiForward('/tenants/shop/proxy'),
  'ANY /projects/:projectId/proxy': aiForward('/projects/shop/proxy'),
  'POST /proxy/transaction': opens('forward', async () =>
    ozura('POST', '/proxy/transaction', {
      token: await shop.token(),
      proxy_url: target(),
      request_data: { n: '${cardNumber}' },
    }),
  ),
  'POST /v2/forwarded-requests': opens('forward', async () =>
    call('POST', '/v2/forwarded-requests', {
      token: await shop.token(),
      destinationRequest: { url: target(), method: 'POST', headers: {}, body: '{}' },
    }),
  ),
  // Basis Theory shows masks, which are made of the data.
  'POST /tokens': masked('POST', '/tokens', { type: 'card', data: BT_CARD }),
  'POST /tokens/': masked('POST', '/tokens/', { type: 'card', data: BT_CARD }),
  'GET /tokens': masked('GET', '/tokens'),
  'GET /tokens/': masked('GET', '/tokens/'),
  'GET /v2/tokens': masked('GET', '/v2/tokens'),
  'GET /v2/tokens/': masked('GET', '/v2/tokens/'),
  'POST /tokens/search': masked('POST', '/tokens/search', {}),
  'POST /v2/tokens/search': masked('POST', '/v2/tokens/search', {}),
  'GET /tokens/:id': opens('reveal', async () => bt('GET', `/tokens/${await btToken()}`)),
  'PATCH /tokens/:id': opens('change', async () =>
    bt('PATCH', `/tokens/${await btToken()}`, JSON.stringify({ metadata: { a: 'b' } }), {
      'content-type': 'application/merge-patch+json',
    }),
  ),
  'DELETE /tokens/:id': does('token.erase', async () => bt('DELETE', `/tokens/${await btToken()}`)),
  'POST /tokenize': masked('POST', '/tokenize', { type: 'card', data: BT_CARD }),
  'POST /tokenize/': masked('POST', '/tokenize/', { type: 'card', data: BT_CARD }),
  'POST /detokenize': detokenized('/detokenize'),
  'POST /detokenize/': detokenized('/detokenize/'),
}

/** Routes that open no vault and change nothing that an administrator has made. */
const NO_LINE: Readonly<Record<string, string>> = {
  'GET /v1/forwards': 'records hold names in place of values',
  'GET /v1/forwards/:id': 'records hold names in place of values',
  'GET /v1/notifications': 'messages are kept without card numbers',
  'GET /v1/notifications/:id': 'messages are kept without card numbers',
  'POST /v1/tokens': 'puts in, and opens nothing; the token says when it was made',
  'GET /v1/tokens': 'shows what may be shown',
  'GET /v1/tokens/:id': 'shows what may be shown',
  'PATCH /v1/tokens/:id': 'changes what may be shown',
  'POST /v1/cvc-sessions': 'puts in, for seconds',
  'DELETE /v1/cvc-sessions/:id': 'forgets what would be forgotten in seconds',
  'GET /v1/accounts': 'shows no secret',
  'GET /v1/accounts/:id': 'shows no secret',
  'GET /v1/destinations': 'reads the list',
  'GET /v1/destinations/:id': 'reads the list',
  'GET /v1/keys': 'shows no secret',
  'GET /v1/keys/:id': 'shows no secret',
  'GET /v1/clients': 'shows no secret',
  'GET /v1/clients/:id': 'shows no secret',
  'POST /oauth/token': 'a sign-in; refused ones are counted, and told of when they are many',
  'POST /connect/token': 'a sign-in; refused ones are counted, and told of when they are many',
  'GET /.well-known/jwks.json': 'public keys',
  'DELETE /proxy/delete-cvc-session/:uuid': 'forgets what would be forgotten in seconds',
  'POST /test-tokens': 'stores a test card, and opens nothing',
  'POST /v2/tokens': 'puts in, and opens nothing',
  'GET /healthz': 'says that it runs',
  'GET /readyz': 'says that it is ready',
  'GET /v1/adapters': 'the same for everybody',
  'GET /openapi.json': 'the same for everybody',
  'GET /docs': 'the same for everybody',
}

test('D11 every route is in one of the two tables', () => {
  const listed = [...Object.keys(TOLD), ...Object.keys(NO_LINE)]
  expect(listed.toSorted()).toEqual(routes.toSorted())
})

describe('what has a line', () => {
  test.each(Object.entries(TOLD))('D11 %s', async (name, { action, purpose, call: run }) => {
    const before = auditLines(path).length
    const answer = await run()
    // A message with a wrong signature was checked with the account's secret all the same.
    expect(answer.status, answer.text).toBeLessThan(purpose === 'notification' ? 401 : 300)
    const own = linesOf(path, answer.headers.get('x-request-id'))
    // A stranger's message has a line that stands for a minute of them, and for no request.
    const lines = purpose === 'notification' ? auditLines(path).slice(before) : own
    const line = lines.find(
      (one) => one.action === action && (!purpose || JSON.parse(one.detail).purpose === purpose),
    )
    expect(line, `${name}: ${JSON.stringify(lines)}`).toBeDefined()
    expect(line?.tenant).toBe(shop.installed.tenant)
    expect(line?.actor).toMatch(purpose === 'notification' ? /^pangate$/ : /^key_/)
    expect(JSON.stringify(lines)).not.toContain(NUMBER)
  })
})

test('D11 the line of an opening says which tokens, which account, which forward and where to, before a byte leaves', async () => {
  const token = await shop.token()
  const paying = await account()
  let seen: readonly ReturnType<typeof auditLines>[number][] = []
  shop.wire.reply = ({ socket }) => {
    seen = auditLines(path)
    socket.end('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}')
  }
  const answer = await call('POST', '/v1/forward', {
    account: paying.textAt('id'),
    operation: 'authorize',
    token,
    amount: { minor: 100, currency: 'EUR' },
    reference: 'r1',
  })
  const forward = answer.textAt('id') || answer.textAt('error', 'forward')
  const line = seen.find(({ subject }) => subject === forward)
  expect(line).toMatchObject({
    action: 'vault.open',
    request_id: answer.headers.get('x-request-id'),
    tenant: shop.installed.tenant,
  })
  expect(JSON.parse(line?.detail ?? '')).toEqual({
    purpose: 'forward',
    tokens: [token],
    account: paying.textAt('id'),
    host: 'localhost',
  })
})

test('D11 a repeated forward opens nothing, and its lines say so', async () => {
  const token = await shop.token()
  const send = () =>
    shop.forward(
      '/pay',
      { body: { n: '{{ card.number }}' } },
      { token },
      { 'idempotency-key': 'once' },
    )
  const first = await send()
  const again = await send()
  expect(again.text).toBe(first.text)
  const lines = linesOf(path, again.headers.get('x-request-id'))
  expect(lines.map(({ action }) => action)).toEqual(['vault.open', 'vault.kept'])
  expect(new Set(lines.map(({ subject }) => subject)).size).toBe(1)
})

test('D11 each command that changes something has a line of the operator', async () => {
  const { installed } = shop
  const command = (...args: readonly string[]): Promise<string> => installed.command(...args)
  const json = async (...args: readonly string[]): Promise<string> =>
    String(JSON.parse(await command(...args, '--json')).id)
  const before = auditLines(path).length
  await command('tenant', 'create', 'by-hand')
  const of = ['--tenant', 'by-hand']
  for (const kind of ['key', 'client']) {
    const id = await json(kind, 'create', ...of, '--scope', 'forward')
    await command(kind, 'revoke', id)
  }
  const destination = await json('destination', 'add', 'by-hand.example', ...of)
  await command('destination', 'remove', destination)
  writeFileSync(join(installed.dir, 'api_key'), 'sk_test_x')
  const stripe = ['--adapter', 'stripe', '--mode', 'sandbox', '--name', 'a']
  const made = await json('account', 'add', ...of, ...stripe, '--credential', 'api_key=@api_key')
  await command('account', 'remove', made)
  await command('master-key', 'split', '--shares', '5', '--threshold', '3')
  await command('data-key', 'rotate', ...of, '--wait', '0')
  const lines = auditLines(path).slice(before)
  const told = lines.filter(({ action }) => action !== 'chain.start')
  expect(told.map(({ action }) => action)).toEqual([
    'tenant.create',
    'key.create',
    'key.revoke',
    'client.create',
    'client.revoke',
    'destination.add',
    'destination.remove',
    'account.add',
    'account.remove',
    'master_key.split',
    ...told.slice(10).map(() => 'data_key.rotate'),
  ])
  expect(JSON.parse(told[9]?.detail ?? '')).toEqual({ shares: 5, threshold: 3 })
  expect(told.length).toBeGreaterThan(10)
  expect(new Set(told.map(({ actor }) => actor)).size).toBe(1)
  expect(told[0]?.actor).toMatch(/^cli:./)
}, 30_000)
