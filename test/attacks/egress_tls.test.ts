/**
 * @module Who is at the other end: a PSP that does not prove its name by good TLS is sent nothing.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { TlsOptions } from 'node:tls'
import { run } from '../support/binary.ts'
import { certificate, type Pair } from '../support/certificates.ts'
import { freshFolder } from '../support/run.ts'
import { openShop, type Shop } from '../support/shop.ts'
import { startWire } from '../support/wire.ts'

const folder = freshFolder('authority')
let shop: Shop
/** The authority that the gateway trusts. */
let trusted: Pair
beforeAll(async () => {
  shop = await openShop({}, { authority: folder })
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
  trusted = { cert: read('sandbox-ca.pem'), key: read('sandbox-ca.key') }
})
afterAll(async () => {
  await shop.stop()
})

const names = ['localhost']

/** Every kind of certificate that is not one for localhost, of today, by the authority. */
const BAD: Readonly<Record<string, () => Promise<TlsOptions>>> = {
  'another name': () => certificate({ issuer: trusted, names: ['other.test'] }),
  'a name that begins alike': () =>
    certificate({ issuer: trusted, names: ['localhost.other.test'] }),
  'a wildcard for everything': () => certificate({ issuer: trusted, names: ['*'] }),
  'its address alone': () => certificate({ issuer: trusted, names: ['127.0.0.1'] }),
  'a name with a NUL': () => certificate({ issuer: trusted, names: ['localhost\0.other.test'] }),
  'no name but the common name': () =>
    certificate({ issuer: trusted, names: null, commonName: 'localhost' }),
  expired: () => certificate({ issuer: trusted, names, from: -30, until: -1 }),
  'not yet valid': () => certificate({ issuer: trusted, names, from: 1 }),
  'signed by itself': () => certificate({ issuer: null, names, commonName: 'localhost' }),
  'by an unknown authority': async () => {
    const authority = await certificate({ issuer: null, names: null, authority: true })
    return certificate({ issuer: authority, names })
  },
  'by an authority of the same name with another key': async () => {
    const own = await certificate({
      issuer: null,
      names: null,
      authority: true,
      commonName: /CN=(.*)/.exec(subjectOf(trusted))?.[1] ?? '',
    })
    return certificate({ issuer: own, names })
  },
  'by a server of the authority': async () => {
    const server = await certificate({ issuer: trusted, names: ['other.test'] })
    const leaf = await certificate({ issuer: server, names })
    return { cert: leaf.cert + server.cert, key: leaf.key }
  },
  'for clients': () => certificate({ issuer: trusted, names, purpose: 'clientAuth' }),
  'TLS 1.0 and 1.1': async () => ({
    ...(await good()),
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
  }),
  'a cipher without authentication of what it carries': async () => ({
    ...(await good()),
    maxVersion: 'TLSv1.2',
    ciphers: 'ECDHE-ECDSA-AES128-SHA',
  }),
}

function good(): Promise<Pair> {
  return certificate({ issuer: trusted, names })
}

function subjectOf({ cert }: Pair): string {
  return new X509Certificate(cert).subject
}

test.each(Object.entries(BAD))('S08 S12 a PSP with %s is sent nothing', async (_, make) => {
  const psp = await startWire({ tls: await make() })
  await shop.call('POST', '/v1/destinations', { host: 'localhost', port: psp.port })
  const token = await shop.token()
  for (const method of ['POST', 'PUT']) {
    const request = { method, url: `${psp.url}/pay`, body: { n: '{{ card.number }}' } }
    const answer = await shop.call('POST', '/v1/forward', { token, request })
    expect(answer.status).toBe(502)
    expect(answer.at('error')).toMatchObject({ code: 'psp_tls', sent: 'no' })
  }
  expect(psp.connections).toBe(2)
  expect({ requests: psp.requests, bytes: psp.bytes }).toEqual({ requests: [], bytes: 0 })
  await psp.stop()
})

test('S08 the same with a good certificate is sent the card', async () => {
  const psp = await startWire({ tls: await good() })
  await shop.call('POST', '/v1/destinations', { host: 'localhost', port: psp.port })
  const answer = await shop.call('POST', '/v1/forward', { request: { url: psp.url, body: {} } })
  expect(answer.at('sent')).toBe('yes')
  await psp.stop()
})

test('S12 what is offered: TLS 1.2 and 1.3, forward secrecy, authenticated encryption, no SHA-1', async () => {
  const hello = await new Promise<Buffer>((resolve) => {
    const server = createServer((socket) => {
      socket.once('data', (bytes: Buffer) => {
        socket.destroy()
        server.close()
        resolve(bytes)
      })
    })
    server.listen(0, '127.0.0.1', async () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      await shop.call('POST', '/v1/destinations', { host: 'localhost', port })
      await shop.call('POST', '/v1/forward', { request: { url: `https://localhost:${port}/` } })
    })
  })
  const { ciphers, extensions } = read(hello)
  expect(ciphers.filter((one) => !/^(?:130[123]|c02[bcf]|c030|cca[89])$/.test(one))).toEqual([])
  expect(extensions.get(0x2b)?.subarray(1).toString('hex')).toBe('03040303')
  const signatures = extensions.get(0x0d)?.subarray(2).toString('hex').match(/.{4}/g) ?? []
  expect(signatures.length).toBeGreaterThan(3)
  // 0x02 is SHA-1, 0x01 MD5.
  expect(signatures.filter((one) => /^0[12]/.test(one))).toEqual([])
})

/** RFC 8446, 4.1.2: cipher suites and extensions of a ClientHello, which is a record of its own. */
function read(hello: Buffer): {
  ciphers: readonly string[]
  extensions: ReadonlyMap<number, Buffer>
} {
  let at = 5 + 4 + 2 + 32
  at += 1 + (hello[at] ?? 0)
  const size = hello.readUInt16BE(at)
  const suites = hello.subarray(at + 2, at + 2 + size).toString('hex')
  at += 2 + size
  at += 1 + (hello[at] ?? 0) + 2
  const extensions = new Map<number, Buffer>()
  while (at < hello.length) {
    const length = hello.readUInt16BE(at + 2)
    extensions.set(hello.readUInt16BE(at), hello.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return { ciphers: suites.match(/.{4}/g) ?? [], extensions }
}

test.each([
  ['NODE_TLS_REJECT_UNAUTHORIZED', '0'],
  ['NODE_EXTRA_CA_CERTS', join(folder, 'sandbox-ca.pem')],
  ['SSLKEYLOGFILE', '/tmp/keys'],
  ['BUN_CONFIG_VERBOSE_FETCH', 'curl'],
])('S09 %s in the environment: it does not start', async (name, value) => {
  const { status, stderr } = await run(['serve'], {
    dir: shop.installed.dir,
    env: { [name]: value },
  })
  expect(status).toBe(1)
  expect(stderr).toContain(`unset ${name}`)
})

test('S09 authorities of the environment and of the working folder are not trusted', async () => {
  await shop.expectSound()
  // One server a database: from here on each test starts its own.
  await shop.served.program.stop()
  // Without [egress] ca_file the PSP is a stranger, whatever OpenSSL would be told.
  const env = {
    PANGATE_EGRESS_CA_FILE: '',
    SSL_CERT_FILE: join(folder, 'sandbox-ca.pem'),
    SSL_CERT_DIR: folder,
  }
  const { call, program } = await shop.installed.serve(env)
  const answer = await call('POST', '/v1/forward', { request: { url: shop.wire.url, body: {} } })
  expect(answer.at('error')).toMatchObject({ code: 'psp_tls', sent: 'no' })
  await program.stop()
})

test('S14 proxies of the environment are passed by', async () => {
  let asked = 0
  const proxy = createServer((socket) => {
    asked++
    socket.destroy()
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const address = proxy.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  const variables = [
    'HTTPS_PROXY',
    'https_proxy',
    'HTTP_PROXY',
    'http_proxy',
    'ALL_PROXY',
    'all_proxy',
  ]
  const env = Object.fromEntries(variables.map((name) => [name, url]))
  const { call, program } = await shop.installed.serve(env)
  const answer = await call('POST', '/v1/forward', { request: { url: shop.wire.url, body: {} } })
  expect(answer.at('sent')).toBe('yes')
  expect(asked).toBe(0)
  await program.stop()
  proxy.close()
})
