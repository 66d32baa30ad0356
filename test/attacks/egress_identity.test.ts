/**
 * @module Who we are to a PSP, and which of its keys we take: client certificates and pins of accounts, each on connections of its own.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import { certificate, type Pair } from '../support/certificates.ts'
import type { Reply } from '../support/installed.ts'
import { freshFolder } from '../support/run.ts'
import { openShop, type Shop } from '../support/shop.ts'

const folder = freshFolder('authority')
let shop: Shop
let trusted: Pair
let chain: Pair
/** Certificates of two merchants, by the PSP's own authority. */
let clients: { readonly a: Pair; readonly b: Pair }
let server: Server
let port: number
/** The common name of the certificate of each connection, empty for none, and the requests on it. */
let connections: { readonly name: string; requests: string[] }[] = []

beforeAll(async () => {
  shop = await openShop({}, { authority: folder })
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
  trusted = { cert: read('sandbox-ca.pem'), key: read('sandbox-ca.key') }
  chain = await certificate({ issuer: trusted, names: ['localhost'] })
  const own = await certificate({ issuer: null, names: null, authority: true, commonName: 'PSP' })
  const client = (commonName: string): Promise<Pair> =>
    certificate({ issuer: own, names: [], commonName, purpose: 'clientAuth' })
  clients = { a: await client('merchant-a'), b: await client('merchant-b') }
  server = createServer(
    // With the authority's own certificate, so that its key can be pinned too.
    {
      ...chain,
      cert: chain.cert + trusted.cert,
      ca: own.cert,
      requestCert: true,
      rejectUnauthorized: false,
    },
    (socket: TLSSocket) => {
      const { subject } = socket.getPeerCertificate()
      const connection = { name: String(subject?.CN ?? ''), requests: [] as string[] }
      connections.push(connection)
      socket.on('data', (bytes) => {
        for (const [, path = ''] of String(bytes).matchAll(/^POST (\S+) HTTP/gm)) {
          connection.requests.push(path)
          socket.write(
            'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}',
          )
        }
      })
      socket.on('error', () => undefined)
    },
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
  await shop.call('POST', '/v1/destinations', { host: 'localhost', port })
})
afterAll(async () => {
  server.close()
  await shop.stop()
})

let named = 0
function accountWith(tls: object | null): Promise<Reply> {
  return shop.call('POST', '/v1/accounts', {
    ...{ adapter: 'stripe', mode: 'sandbox', name: `account ${++named}`, tls },
    credentials: { api_key: 'sk_test_none' },
    base_url: `https://localhost:${port}`,
  })
}

function send(account: string | null, path: string): Promise<Reply> {
  const request = { method: 'POST', url: `https://localhost:${port}${path}`, body: { n: 1 } }
  return shop.call('POST', '/v1/forward', { ...(account !== null && { account }), request })
}

const pem = ({ cert, key }: Pair): object => ({ client_certificate: cert, client_key: key })
const pinOf = ({ cert }: Pair): string =>
  `sha256/${createHash('sha256')
    .update(new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64')}`

test('S11 each account has its own certificate on its own connections, whoever asks in between', async () => {
  const a = (await accountWith(pem(clients.a))).textAt('id')
  const b = (await accountWith(pem(clients.b))).textAt('id')
  connections = []
  for (const round of ['1', '2', '3']) {
    for (const [account, who] of [
      [a, 'merchant-a'],
      [b, 'merchant-b'],
      [null, ''],
    ] as const) {
      const answer = await send(account, `/${who}/${round}`)
      expect(answer.at('sent'), answer.text).toBe('yes')
    }
  }
  expect(new Set(connections.map(({ name }) => name))).toEqual(
    new Set(['merchant-a', 'merchant-b', '']),
  )
  for (const { name, requests } of connections) {
    for (const path of requests) expect(path).toStartWith(`/${name}/`)
  }
  // Connections are kept, so what was shown is not that there is a new one for each.
  expect(connections.length).toBeLessThan(9)
})

test('S11 a certificate goes in and never comes out', async () => {
  const made = await accountWith(pem(clients.a))
  expect(made.at('tls')).toBe(true)
  const shown = [made.text, (await shop.call('GET', '/v1/accounts')).text]
  for (const text of shown) expect(text).not.toContain('BEGIN')
})

test.each([
  [
    'a key that is not its own',
    () => ({ ...pem(clients.a), client_key: clients.b.key }),
    'client_key',
  ],
  ['no key', () => ({ client_certificate: clients.a.cert }), 'client_key'],
  ['no certificate', () => ({ client_key: clients.a.key }), 'client_certificate'],
  [
    'what is no certificate',
    () => ({ ...pem(clients.a), client_certificate: 'x' }),
    'client_certificate',
  ],
  ['what is no pin', () => ({ pins: ['sha256/abc'] }), 'pins'],
] as const)('S11 S13 an account with %s is not made', async (_, tls, param) => {
  const answer = await accountWith(tls())
  expect(answer.status).toBe(400)
  expect(answer.at('error')).toMatchObject({ code: 'invalid_request', param: `tls.${param}` })
  expect(answer.text).not.toContain('PRIVATE')
})

test('S11 a certificate that is over is not taken', async () => {
  const old = await certificate({ issuer: null, names: [], from: -30, until: -1 })
  const answer = await accountWith(pem(old))
  expect(answer.at('error')).toMatchObject({ param: 'tls.client_certificate' })
})

test.each([
  ["the server's own key", () => [pinOf(chain)]],
  ["the authority's key", () => [pinOf(trusted)]],
  ['one of several keys', () => [pinOf(clients.a), pinOf(chain)]],
] as const)('S13 pinned to %s it is sent', async (_, pins) => {
  const account = (await accountWith({ pins: pins() })).textAt('id')
  const answer = await send(account, '/pinned')
  expect(answer.at('sent'), answer.text).toBe('yes')
})

test('S13 with another pin nothing leaves, not even where others have a connection', async () => {
  const account = (await accountWith({ pins: [pinOf(clients.a)] })).textAt('id')
  await send(null, '/others')
  connections = []
  const answer = await send(account, '/pinned')
  expect(answer.status).toBe(502)
  expect(answer.at('error')).toMatchObject({ code: 'psp_tls', sent: 'no' })
  expect(connections.flatMap(({ requests }) => requests)).toEqual([])
})
