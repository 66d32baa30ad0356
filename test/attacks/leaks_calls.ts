/**
 * @module A good call of every route there is, with a card, a code and a credential in each that takes one.
 */
import type { Installed } from '../support/installed.ts'
import { OWN_CREDENTIAL, SECRETS, type CallInit, type Kept, type Watched } from './leaks_world.ts'

/** A call as it is sent. */
export interface Made {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** Whoever may make it is shown a card. */
  readonly secret?: true
}

/** What calls need: ids that exist. */
export interface Things {
  /** A key with every scope. */
  readonly key: string
  readonly client: { readonly id: string; readonly secret: string }
  readonly psp: string
  readonly stripe: string
  readonly praxis: string
  token(): Promise<string>
  btToken(): Promise<string>
  session(): Promise<string>
  id(path: string, body: unknown): Promise<string>
}

const HOLDER = 'Canary Holder'
const CARD = { number: SECRETS.card, exp_month: 12, exp_year: 2034, holder: HOLDER }
const FULL = {
  type: 'card',
  card: CARD,
  cvc: SECRETS.cvc,
  credentials: {
    virtual_card: { number: SECRETS.virtual, exp_month: 1, exp_year: 2035, cvc: SECRETS.cvc },
    network_token: {
      number: SECRETS.network,
      exp_month: 1,
      exp_year: 2035,
      cryptogram: SECRETS.cryptogram,
      eci: '05',
    },
  },
  metadata: { order: '1' },
  expires_at: '2099-01-31T12:00:00Z',
  allowed_hosts: ['localhost'],
}
const BANK = {
  type: 'bank_account',
  bank_account: { account_number: SECRETS.bank, routing_number: '021000021', country: 'US' },
}
const BT_DATA = {
  number: SECRETS.card,
  expiration_month: 12,
  expiration_year: 2034,
  cvc: SECRETS.cvc,
}
const BT_TOKEN = { type: 'card', data: BT_DATA, metadata: { a: 'b' }, containers: ['/pci/high/'] }
const OZURA = {
  cardNumber: SECRETS.card,
  expirationMonth: '12',
  expirationYear: '2034',
  cvc: SECRETS.cvc,
  firstName: 'Canary',
  lastName: 'Holder',
}
const STITCH = {
  type: 'card',
  card: { number: SECRETS.amex, expiry: { month: '12', year: '34' } },
  metadata: { a: 'b' },
  externalReference: 'r1',
}

type Make = (things: Things) => Promise<readonly Made[]> | readonly Made[]

const JSON_TYPE = { 'content-type': 'application/json' }
const native = ({ key }: Things) => ({ authorization: `Bearer ${key}` })
const bt = ({ key }: Things) => ({ 'bt-api-key': key })
const ai = ({ key }: Things) => ({ 'bt-authorization': `Bearer ${key}` })
const ozura = ({ key }: Things) => ({ 'x-api-key': key })

function made(method: string, path: string, headers: Made['headers'], body?: unknown): Made {
  if (body === undefined) return { method, path, headers }
  if (typeof body === 'string') return { method, path, headers, body }
  return { method, path, headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) }
}
const showing = (call: Made): Made => ({ ...call, secret: true })

/** Reads and deletes one that a call before it made. */
const one = (path: string, body: (things: Things) => unknown): Readonly<Record<string, Make>> => ({
  [`POST ${path}`]: (things) => [made('POST', path, native(things), body(things))],
  [`GET ${path}`]: (things) => [made('GET', `${path}?limit=5`, native(things))],
  [`GET ${path}/{id}`]: async (things) => [
    made('GET', `${path}/${await things.id(path, body(things))}`, native(things)),
  ],
  [`DELETE ${path}/{id}`]: async (things) => [
    made('DELETE', `${path}/${await things.id(path, body(things))}`, native(things)),
  ],
})
let count = 0
const fresh = (prefix: string): string => `${prefix}${++count}`

const byAccount = async (things: Things, account: string): Promise<unknown> => ({
  account,
  operation: 'authorize',
  token: await things.token(),
  cvc_session: await things.session(),
  amount: { minor: 1000, currency: 'EUR' },
  reference: fresh('r'),
  return_url: 'https://shop.example/back',
  notification_url: 'https://shop.example/told',
  extra: { description: 'an order' },
  customer: {
    id: 'c1',
    first_name: 'A',
    last_name: 'B',
    email: 'a@b.example',
    phone: '+4912345',
    dob: '1980-01-02',
  },
  billing_address: {
    line1: 'a',
    line2: 'b',
    city: 'c',
    state: 'd',
    postal_code: 'e',
    country: 'DE',
  },
  device: { ip: '192.0.2.1', user_agent: 'a' },
})

const byRequest = async (things: Things): Promise<Record<string, unknown>> => ({
  token: await things.token(),
  cvc_session: await things.session(),
  timeout_ms: 2000,
  request: {
    method: 'POST',
    url: `${things.psp}/pay?last={{ card.last4 }}`,
    headers: { 'X-Name': '{{ card.holder }}', Authorization: `Bearer ${OWN_CREDENTIAL}` },
    body: {
      n: '{{ card.number }}',
      c: '{{ card.cvc }}',
      v: '{{ virtual_card.number }}',
      note: 'a',
    },
  },
})

const text = async (things: Things, type: string, body: string) => {
  const call = await byRequest(things)
  return { ...call, request: { url: `${things.psp}/pay`, headers: { 'Content-Type': type }, body } }
}

const anyMethod = (
  path: string,
  at: (things: Things) => string,
  headers: (things: Things) => Made['headers'],
  body: (token: string) => string,
): Readonly<Record<string, Make>> =>
  Object.fromEntries(
    ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method): readonly [string, Make] => [
      `${method} ${path}`,
      async (things) => {
        const token = await things.token()
        const all = { ...headers(things), 'x-card': body(token).slice(6, -2) }
        return method === 'GET'
          ? [made(method, at(things), all)]
          : [made(method, at(things), { ...JSON_TYPE, ...all }, body(token))]
      },
    ]),
  )

const btBody = (token: string): string =>
  `{"n": {{ ${token} | json: '$.number' }} }`.replace(
    `{{ ${token} | json: '$.number' }}`,
    `"{{ ${token} | json: '$.number' }}"`,
  )
const aiBody = (token: string): string =>
  `{"n": "{{ paymentMethod: ${token} | type: 'pan' | json: '$.number' }}"}`

/** With a slash at the end and without: both are published. */
const slashed = (method: string, path: string, make: (path: string) => Make) => ({
  [`${method} ${path}`]: make(path),
  [`${method} ${path}/`]: make(`${path}/`),
})

/** Every route of the OpenAPI document, with good calls in each API that has it. */
export const CALLS: Readonly<Record<string, Make>> = {
  'POST /v1/forward': async (things) => [
    made(
      'POST',
      '/v1/forward',
      { ...native(things), 'idempotency-key': fresh('k') },
      await byRequest(things),
    ),
    made('POST', '/v1/forward', native(things), { ...(await byRequest(things)), dry_run: true }),
    made('POST', '/v1/forward', native(things), await byAccount(things, things.stripe)),
    made('POST', '/v1/forward', native(things), await byAccount(things, things.praxis)),
    made(
      ...(['POST', '/v1/forward', native(things)] as const),
      await text(
        things,
        'application/x-www-form-urlencoded',
        'n={{ card.number }}&c={{ card.cvc }}&a=b',
      ),
    ),
    made(
      ...(['POST', '/v1/forward', native(things)] as const),
      await text(
        things,
        'application/xml',
        '<a b="c"><n>{{ card.number }}</n><c>{{ card.cvc }}</c></a>',
      ),
    ),
  ],
  'GET /v1/forwards': (things) => [made('GET', '/v1/forwards?limit=100', native(things))],
  'GET /v1/forwards/{id}': async (things) => [
    made(
      'GET',
      `/v1/forwards/${await things.id('/v1/forward', await byRequest(things))}`,
      native(things),
    ),
  ],
  'POST /v1/notifications/{account}': (things) => [
    made(
      'POST',
      `/v1/notifications/${things.praxis}`,
      {},
      { merchant_id: 'm', signature: 's', transaction: { card: { card_number: SECRETS.card } } },
    ),
    made(
      'POST',
      `/v1/notifications/${things.stripe}`,
      { 'stripe-signature': 't=1,v1=00' },
      { n: SECRETS.card },
    ),
  ],
  'GET /v1/notifications': (things) => [made('GET', '/v1/notifications', native(things))],
  'GET /v1/notifications/{id}': (things) => [
    made('GET', '/v1/notifications/ntf_x', native(things)),
  ],
  'POST /v1/tokens': (things) => [
    made('POST', '/v1/tokens', { ...native(things), 'idempotency-key': fresh('t') }, FULL),
    made('POST', '/v1/tokens', native(things), BANK),
  ],
  'GET /v1/tokens': (things) => [
    made('GET', '/v1/tokens?limit=5', native(things)),
    made('GET', '/tokens?size=5', bt(things)),
  ],
  'GET /v1/tokens/{id}': async (things) => [
    made('GET', `/v1/tokens/${await things.token()}`, native(things)),
  ],
  'PATCH /v1/tokens/{id}': async (things) => [
    made('PATCH', `/v1/tokens/${await things.token()}`, native(things), {
      card: { exp_month: 1, exp_year: 2036 },
      metadata: { c: 'd' },
      expires_at: '2098-01-31T12:00:00Z',
    }),
  ],
  'DELETE /v1/tokens/{id}': async (things) => [
    made('DELETE', `/v1/tokens/${await things.token()}`, native(things)),
  ],
  'POST /v1/tokens/{id}/reveal': async (things) => [
    showing(made('POST', `/v1/tokens/${await things.token()}/reveal`, native(things))),
  ],
  'POST /v1/cvc-sessions': async (things) => [
    made('POST', '/v1/cvc-sessions', native(things), {
      cvc: SECRETS.cvc,
      token: await things.token(),
    }),
  ],
  'DELETE /v1/cvc-sessions/{id}': async (things) => [
    made('DELETE', `/v1/cvc-sessions/${await things.session()}`, native(things)),
  ],
  ...one('/v1/accounts', ({ psp }) => ({
    adapter: 'stripe',
    mode: 'sandbox',
    name: fresh('a'),
    credentials: { api_key: SECRETS.credential },
    base_url: psp,
  })),
  ...one('/v1/destinations', () => ({
    host: `${fresh('h')}.example`,
    path_prefix: '/v1',
    methods: ['POST'],
  })),
  ...one('/v1/keys', () => ({ name: fresh('k'), scopes: ['forward'] })),
  ...one('/v1/clients', () => ({ name: fresh('c'), scopes: ['forward'] })),
  'GET /v1/audit': (things) => [made('GET', '/v1/audit?limit=100', native(things))],
  ...Object.fromEntries(
    ['/oauth/token', '/connect/token'].map((path): readonly [string, Make] => [
      `POST ${path}`,
      ({ client }) => {
        const type = { 'content-type': 'application/x-www-form-urlencoded' }
        const form = (id: string, secret: string) =>
          new URLSearchParams({
            grant_type: 'client_credentials',
            client_id: id,
            client_secret: secret,
          })
        const basic = (secret: string): string =>
          `Basic ${Buffer.from(`${client.id}:${secret}`).toString('base64')}`
        return [
          made('POST', path, type, form(client.id, client.secret).toString()),
          made('POST', path, type, form(client.id, SECRETS.wrongSecret).toString()),
          made(
            'POST',
            path,
            { ...type, authorization: basic(SECRETS.wrongSecret) },
            'grant_type=client_credentials',
          ),
        ]
      },
    ]),
  ),
  'GET /.well-known/jwks.json': () => [made('GET', '/.well-known/jwks.json', {})],
  ...anyMethod(
    '/proxy',
    () => '/proxy',
    (things) => ({ ...bt(things), 'bt-proxy-url': `${things.psp}/pay`, 'bt-trace-id': 'a' }),
    btBody,
  ),
  ...anyMethod(
    '/proxy/*',
    () => '/proxy/further?a=b',
    (things) => ({ ...bt(things), 'bt-proxy-url': things.psp }),
    btBody,
  ),
  ...Object.fromEntries(
    (['tenant', 'project'] as const).flatMap((kind) =>
      Object.entries(
        anyMethod(
          `/${kind}s/{${kind}Id}/proxy`,
          () => `/${kind}s/shop/proxy`,
          (things) => ({ ...ai(things), 'bt-target-url': `${things.psp}/pay` }),
          aiBody,
        ),
      ),
    ),
  ),
  ...slashed('POST', '/tokens', (path) => (things) => [made('POST', path, bt(things), BT_TOKEN)]),
  ...slashed('GET', '/tokens', (path) => (things) => [made('GET', path, bt(things))]),
  ...slashed('GET', '/v2/tokens', (path) => (things) => [made('GET', path, bt(things))]),
  ...Object.fromEntries(
    ['/tokens/search', '/v2/tokens/search'].map((path): readonly [string, Make] => [
      `POST ${path}`,
      (things) => [made('POST', path, bt(things), { query: 'type:card', size: 5 })],
    ]),
  ),
  'GET /tokens/{id}': async (things) => [
    showing(made('GET', `/tokens/${await things.btToken()}`, bt(things))),
  ],
  'PATCH /tokens/{id}': async (things) => [
    made(
      ...(['PATCH', `/tokens/${await things.btToken()}`] as const),
      { ...bt(things), 'content-type': 'application/merge-patch+json' },
      { data: { expiration_month: 11 }, metadata: { a: 'c' } },
    ),
  ],
  'DELETE /tokens/{id}': async (things) => [
    made('DELETE', `/tokens/${await things.btToken()}`, bt(things)),
  ],
  ...slashed('POST', '/tokenize', (path) => (things) => [
    made('POST', path, bt(things), { a: BT_TOKEN, b: 'c' }),
    ...(path === '/tokenize'
      ? [
          made('POST', path, ozura(things), { type: 'card', data: OZURA }),
          made('POST', path, ozura(things), {
            type: 'bank',
            data: { accountNumber: SECRETS.bank, routingNumber: '021000021' },
          }),
        ]
      : []),
  ]),
  ...slashed('POST', '/detokenize', (path) => async (things) => [
    showing(made('POST', path, bt(things), { n: `{{ ${await things.btToken()} }}` })),
    ...(path === '/detokenize' ? [made('POST', path, ozura(things), { token: 'a' })] : []),
  ]),
  'POST /proxy/transaction': async (things) => {
    const [token, cvc_session_id] = [await things.token(), await things.session()]
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const controls = { 'x-token': token, 'x-proxy-url': `${things.psp}/pay` }
    return [
      made('POST', '/proxy/transaction', ozura(things), {
        token,
        cvc_session_id,
        proxy_url: `${things.psp}/pay`,
        http_method: 'POST',
        http_headers: { 'X-Name': '${firstName}', Authorization: `Bearer ${OWN_CREDENTIAL}` },
        request_data: { n: '${cardNumber}', c: '${cvv}', note: 'a' },
      }),
      made(
        'POST',
        '/proxy/transaction',
        { ...ozura(things), ...form, ...controls },
        'n=${cardNumber}&a=b',
      ),
      made(
        'POST',
        '/proxy/transaction',
        { ...ozura(things), ...controls, 'content-type': 'text/xml' },
        '<n>${cardNumber}</n>',
      ),
    ]
  },
  'DELETE /proxy/delete-cvc-session/{uuid}': async (things) => [
    made('DELETE', `/proxy/delete-cvc-session/${await things.session()}`, ozura(things)),
  ],
  'POST /test-tokens': (things) => [made('POST', '/test-tokens', ozura(things), OZURA)],
  'POST /v2/forwarded-requests': async (things) => [
    made('POST', '/v2/forwarded-requests', native(things), {
      token: await things.token(),
      timeout: 2000,
      securityCode: SECRETS.cvc,
      destinationRequest: {
        url: `${things.psp}/pay`,
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          Authorization: `Bearer ${OWN_CREDENTIAL}`,
        },
        body: '{"n":"{{card.number}}","c":"{{card.securityCode}}"}',
      },
    }),
  ],
  'POST /v2/tokens': (things) => [made('POST', '/v2/tokens', native(things), STITCH)],
  'GET /healthz': () => [made('GET', '/healthz', {})],
  'GET /readyz': () => [made('GET', '/readyz', {})],
  'GET /v1/adapters': (things) => [made('GET', '/v1/adapters', native(things))],
  'GET /openapi.json': () => [made('GET', '/openapi.json', {})],
  'GET /docs': () => [made('GET', '/docs', {})],
}

/** A key and a client with every scope, made by commands: before the server starts where its disk is one of its own. */
export async function callers({ command }: Installed): Promise<Pick<Things, 'key' | 'client'>> {
  const scopes = 'tokens:write,tokens:read,tokens:reveal,forward,forwards:read,admin'
  const create = async (kind: string): Promise<Readonly<Record<string, string>>> =>
    JSON.parse(await command(kind, 'create', '--tenant', 'shop', '--scope', scopes, '--json'))
  const { key = '' } = await create('key')
  const { id = '', secret = '' } = await create('client')
  return { key, client: { id, secret } }
}

/** Makes what calls need. */
export async function things(
  watched: Pick<Watched, 'call'>,
  { key, client }: Pick<Things, 'key' | 'client'>,
  psp: string,
): Promise<Things> {
  const auth = { authorization: `Bearer ${key}`, ...JSON_TYPE }
  const ask = async (path: string, body: unknown, headers: CallInit['headers'] = auth) => {
    const answer: Kept | null = await watched.call('POST', path, {
      headers,
      body: JSON.stringify(body),
    })
    const {
      id: made_id,
      error,
    }: { readonly id?: string; readonly error?: { readonly forward?: string } } = JSON.parse(
      answer?.text || '{}',
    )
    return made_id ?? error?.forward ?? 'none'
  }
  const account = (adapter: string, credentials: object) =>
    ask('/v1/accounts', {
      adapter,
      mode: 'sandbox',
      name: fresh('own'),
      credentials,
      base_url: psp,
    })
  return {
    key,
    client,
    psp,
    stripe: await account('stripe', { api_key: SECRETS.credential }),
    praxis: await account('praxis', {
      merchant_id: 'm',
      application_key: 'a',
      merchant_secret: SECRETS.credential,
    }),
    id: ask,
    token: () => ask('/v1/tokens', FULL),
    btToken: () => ask('/tokens', BT_TOKEN, { ...JSON_TYPE, 'bt-api-key': key }),
    session: () => ask('/v1/cvc-sessions', { cvc: SECRETS.cvc }),
  }
}
