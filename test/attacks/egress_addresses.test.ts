/**
 * @module Where a connection goes: only to addresses on the public internet, and to the very one that was checked. In a network
 * of its own, where every address of the world is this machine.
 */
import { expect } from 'bun:test'
import { corpus } from '../support/corpus.ts'
import { openInternet, PUBLIC, PUBLIC_6, type Internet } from '../support/internet.ts'
import { isolated } from '../support/namespace.ts'
import { LOOK_ALIKES, SPELLINGS } from './hosts.ts'

const { test, beforeAll, afterAll } = isolated(import.meta.path)

let net: Internet
beforeAll(async () => {
  net = await openInternet()
  await net.list('psp.test')
})
afterAll(() => net.stop())

test('S01 a place that is not listed: host, port, scheme, path, method; no name is asked for', async () => {
  await net.list('narrow.psp.test', { path_prefix: '/v1/charges', methods: ['POST'] })
  const denied = { code: 'destination_denied', sent: 'no', dialled: [], asked: [] }
  const invalid = { ...denied, code: 'invalid_url' }
  expect(await net.attempt('https://psp.test/')).toMatchObject({ sent: 'yes', dialled: [PUBLIC] })
  expect(await net.attempt('https://narrow.psp.test/v1/charges/1')).toMatchObject({ sent: 'yes' })
  expect(await net.attempt('https://other.test/')).toEqual(denied)
  expect(await net.attempt('https://psp.test:8443/')).toEqual(denied)
  expect(await net.attempt('http://psp.test/')).toEqual(invalid)
  expect(await net.attempt('https://narrow.psp.test/')).toEqual(denied)
  expect(await net.attempt('https://narrow.psp.test/v1/chargesx')).toEqual(denied)
  expect(await net.attempt('https://narrow.psp.test/v1/charges', { method: 'DELETE' })).toEqual(
    denied,
  )
  for (const path of [
    '/v1/charges/../keys',
    '/v1/charges/%2e%2e/keys',
    '/v1/charges/..%2fkeys',
    '/v1/charges/..\\keys',
    '/v1/charges/.%2e/keys',
    '/v1/charges/%2E%2e%2Fkeys',
  ]) {
    expect(await net.attempt(`https://narrow.psp.test${path}`)).toEqual(invalid)
  }
})

test('S02 look-alikes of a listed host', async () => {
  for (const url of LOOK_ALIKES) {
    const { code, sent, dialled, asked } = await net.attempt(url)
    expect(['invalid_url', 'destination_denied'], url).toContain(code)
    expect({ sent, dialled, asked }, url).toEqual({ sent: 'no', dialled: [], asked: [] })
  }
  // The same host in other spellings that mean it beyond doubt.
  for (const url of [
    'https://PSP.test/',
    'https://psp.test./',
    'https://psp.test:443/',
    'HTTPS://psp.test:0443/',
  ]) {
    expect(await net.attempt(url), url).toMatchObject({ sent: 'yes', dialled: [PUBLIC] })
  }
})

test('S02 S03 S16 the list of SSRF URLs, whole', async () => {
  const text = corpus('ssrf/urls.txt')
  if (text === null) return
  const urls = text.split('\n').filter((line) => line !== '')
  expect(urls.length).toBeGreaterThan(80)
  for (const url of urls) {
    const tried = await net.attempt(url)
    expect(['invalid_url', 'destination_denied', 'invalid_template'], url).toContain(tried.code)
    expect(tried, url).toMatchObject({ sent: 'no', dialled: [], asked: [] })
  }
})

test('S03 addresses in every spelling', async () => {
  for (const host of SPELLINGS) {
    const { code, ...rest } = await net.attempt(`https://${host}/`)
    // The machine's own name is listed, by the way the shop is set up.
    const refused = host.startsWith('localhost') ? 'address_denied' : 'destination_denied'
    expect(['invalid_url', refused], host).toContain(code)
    expect(rest, host).toEqual({ sent: 'no', dialled: [], asked: [] })
    // Neither does listing it help: it is no name, or no public address.
    if ((await net.list(host)) !== 201) continue
    const listed = await net.attempt(`https://${host}/`)
    const isPublic = host.startsWith('8.') || host.startsWith('[2001:4860')
    if (!isPublic) expect(listed, host).toMatchObject({ sent: 'no', dialled: [] })
  }
})

test('S04 S05 names that lead to each kind of address, alone and beside a public one', async () => {
  const text = corpus('ssrf/addresses.tsv')
  if (text === null) return
  const rows = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  expect(rows.length).toBeGreaterThan(35)
  for (const [at, row] of rows.entries()) {
    const [address = '', verdict = ''] = row.split('\t')
    const mates =
      verdict === 'deny'
        ? [
            [address],
            [PUBLIC, address],
            [address, PUBLIC],
            [PUBLIC_6, address],
            [PUBLIC, '1.1.1.1', PUBLIC_6, address],
          ]
        : [[address]]
    for (const [mate, addresses] of mates.entries()) {
      const host = `a${at}-${mate}.psp.test`
      net.names.zone = (name) => (name === host ? addresses : null)
      await net.list(host)
      const tried = await net.attempt(`https://${host}/`)
      const told = `${addresses.join(' ')}: ${JSON.stringify(tried)}`
      if (verdict === 'deny')
        expect(tried, told).toMatchObject({ code: 'address_denied', sent: 'no', dialled: [] })
      else expect(tried, told).toMatchObject({ sent: 'yes', dialled: [address] })
    }
  }
})

test('S06 a name that changes between the check and the connection, and between connections', async () => {
  // Every second answer is private, whatever is asked in between.
  net.names.zone = (_, asked) => [asked % 2 === 0 ? PUBLIC : '127.0.0.1']
  const seen = new Set<string>()
  for (let round = 0; round < 20; round++) {
    const host = `flip${round}.psp.test`
    await net.list(host)
    for (let again = 0; again < 3; again++) {
      // A new connection each time, so that the name is looked up anew.
      net.shop.wire.reply = ({ socket }) =>
        socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      const { sent, dialled, code, asked } = await net.attempt(`https://${host}/`)
      expect([PUBLIC, undefined]).toContain(dialled[0])
      expect(dialled.length).toBeLessThanOrEqual(1)
      expect(sent === 'yes' ? code : 'address_denied').toBe(code)
      expect(asked.length).toBeGreaterThan(0)
      expect(asked.length).toBeLessThanOrEqual(2)
      seen.add(sent)
    }
  }
  expect([...seen].toSorted()).toEqual(['no', 'yes'])
})
