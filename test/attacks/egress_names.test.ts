/**
 * @module Two names at one address, the gateway's own addresses, and metadata services, in a network of its own.
 */
import { expect } from 'bun:test'
import { openInternet, PUBLIC, PUBLIC_6, type Internet } from '../support/internet.ts'
import { isolated } from '../support/namespace.ts'
import { respond } from '../support/wire.ts'

const { test, beforeAll, afterAll } = isolated(import.meta.path)

let net: Internet
beforeAll(async () => {
  net = await openInternet()
  net.names.zone = () => [PUBLIC]
})
afterAll(() => net.stop())

test('S10 a connection to one name, kept or resumed, is none to another at the same address', async () => {
  await net.list('psp.test')
  await net.list('other.test')
  const { wire } = net.shop
  for (let round = 0; round < 12; round++) {
    // Kept in the first rounds, closed in the others, so that the next one resumes the TLS session.
    const close = round >= 6
    wire.reply = ({ socket }) => {
      respond(socket, '{}', close ? { headers: ['Connection: close'] } : {})
      if (close) socket.end()
    }
    expect(await net.attempt('https://psp.test/')).toMatchObject({ sent: 'yes', dialled: [PUBLIC] })
    const bytes = wire.bytes
    expect(await net.attempt('https://other.test/')).toMatchObject({ code: 'psp_tls', sent: 'no' })
    expect(wire.bytes).toBe(bytes)
    expect(wire.requests).toEqual([])
  }
})

const OWN = ['127.0.0.1', '127.0.0.2', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0', '[::]']
const METADATA = [
  '169.254.169.254',
  '169.254.170.2',
  '[fd00:ec2::254]',
  '100.100.100.200',
  '192.0.0.192',
  '168.63.129.16',
]

test("S15 the gateway's own addresses and metadata services, listed by an administrator, are not dialled", async () => {
  const before = net.shop.wire.connections
  for (const host of [...OWN, ...METADATA]) {
    for (const port of [443, net.shop.port, 80]) {
      const status = await net.list(host, { port })
      // An address in a spelling that is not its own is no host.
      if (status === 400) continue
      expect(status).toBe(201)
      const tried = await net.attempt(`https://${host}:${port}/latest/meta-data/`)
      expect(tried, host).toMatchObject({ code: 'address_denied', sent: 'no', dialled: [] })
    }
  }
  for (const [name, address] of [
    ['metadata.google.internal', '169.254.169.254'],
    ['localhost.psp.test', '127.0.0.1'],
    ['six.psp.test', '::1'],
  ] as const) {
    net.names.zone = () => [address]
    await net.list(name)
    expect(await net.attempt(`https://${name}/`)).toMatchObject({
      code: 'address_denied',
      sent: 'no',
      dialled: [],
    })
  }
  expect(net.shop.wire.connections).toBe(before)
})

test('S04 addresses written out: a public one is dialled, with its own certificate', async () => {
  for (const [host, address] of [
    [PUBLIC, PUBLIC],
    [`[${PUBLIC_6}]`, PUBLIC_6],
  ] as const) {
    expect(await net.list(host)).toBe(201)
    expect(await net.attempt(`https://${host}/`)).toMatchObject({
      sent: 'yes',
      dialled: [address],
      asked: [],
    })
  }
  await net.list('1.1.1.1')
  expect(await net.attempt('https://1.1.1.1/')).toMatchObject({ code: 'psp_tls', sent: 'no' })
})
