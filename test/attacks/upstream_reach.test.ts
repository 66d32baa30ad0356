/**
 * @module A PSP that cannot be reached, moves, or is half dead: nothing was sent, and that is said. In a network of its own.
 */
import { expect } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { startNameServer } from '../support/dns.ts'
import type { Reply } from '../support/installed.ts'
import { certificate } from '../support/certificates.ts'
import { openInternet, PUBLIC, PUBLIC_6, type Internet } from '../support/internet.ts'
import { isolated } from '../support/namespace.ts'
import { respond, startWire } from '../support/wire.ts'

const { test, beforeAll, afterAll } = isolated(import.meta.path)

let net: Internet
beforeAll(async () => {
  net = await openInternet({ PANGATE_EGRESS_CONNECT_TIMEOUT_MS: '800' })
})
afterAll(() => net.stop())

/** Takes connections and does this with them. */
async function listener(port: number, take: (socket: Socket) => void): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    take(socket)
  })
  await new Promise<void>((resolve) => server.listen(port, '::', resolve))
  return server
}

test('U01 names that do not exist, name servers that are silent: not sent, in time', async () => {
  net.names.zone = (name) =>
    name === 'silent.psp.test' ? 'silent' : name === 'empty.psp.test' ? [] : null
  for (const host of [
    'none.psp.test',
    'empty.psp.test',
    'silent.psp.test',
    `${'a'.repeat(63)}.psp.test`,
  ]) {
    await net.list(host)
    const started = performance.now()
    const tried = await net.attempt(`https://${host}/`)
    expect(tried, host).toMatchObject({ code: 'psp_unreachable', sent: 'no', dialled: [] })
    expect(performance.now() - started, host).toBeLessThan(2_000)
  }
})

test('U01 a silent name server for one name does not hold up the others', async () => {
  net.names.zone = (name) => (name.startsWith('stuck') ? 'silent' : [PUBLIC])
  await net.list('psp.test')
  const stuck: Promise<Reply>[] = []
  for (let at = 0; at < 40; at++) {
    await net.list(`stuck${at}.psp.test`)
    const request = { url: `https://stuck${at}.psp.test/`, body: {} }
    stuck.push(net.shop.call('POST', '/v1/forward', { request }))
  }
  const started = performance.now()
  expect(await net.attempt('https://psp.test/')).toMatchObject({ sent: 'yes' })
  expect(performance.now() - started).toBeLessThan(700)
  for (const answer of await Promise.all(stuck))
    expect(answer.at('error'), String(performance.now() - started)).toMatchObject({
      code: 'psp_unreachable',
      sent: 'no',
    })
})

test('U01 refused, silent, cut and nonsensical connections: not sent, the same key may try again', async () => {
  net.names.zone = () => [PUBLIC]
  const silent = await listener(4431, () => undefined)
  const cut = await listener(4432, (socket) => socket.destroy())
  const plain = await listener(4433, (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  const half = await listener(4434, (socket) => void socket.once('data', () => socket.destroy()))
  const alert = await listener(4435, (socket) => socket.end(Buffer.from('15030300020228', 'hex')))
  const cases = [
    [4430, 'psp_unreachable'],
    [4431, 'psp_unreachable'],
    [4432, 'psp_unreachable'],
    [4433, 'psp_tls'],
    [4434, 'psp_unreachable'],
    [4435, 'psp_tls'],
  ] as const
  for (const [port, code] of cases) {
    await net.list('psp.test', { port })
    const key = { 'idempotency-key': `reach-${port}` }
    for (let again = 0; again < 2; again++) {
      const body = { request: { url: `https://psp.test:${port}/`, method: 'PUT', body: {} } }
      const answer = await net.shop.call('POST', '/v1/forward', body, key)
      expect(answer.at('error'), String(port)).toMatchObject({ code, sent: 'no' })
      const record = await net.shop.call('GET', `/v1/forwards/${answer.textAt('error', 'forward')}`)
      expect(record.at('state')).toBe('not_sent')
    }
  }
  for (const server of [silent, cut, plain, half, alert]) server.close()
})

test('U14 one of several addresses is dead: a living one is used', async () => {
  // It listens on IPv6 alone, and IPv4 is tried first.
  const { folder } = net.shop.wire
  const names = ['*.psp.test']
  const wire = await startWire({ host: '::', ipv6Only: true, port: 4440, authority: folder, names })
  for (const [at, addresses] of [
    [PUBLIC, PUBLIC_6],
    ['1.1.1.1', PUBLIC, PUBLIC_6],
  ].entries()) {
    net.names.zone = () => addresses
    await net.list(`half${at}.psp.test`, { port: 4440 })
    const request = { url: `https://half${at}.psp.test:4440/`, body: {} }
    const answer = await net.shop.call('POST', '/v1/forward', { request })
    expect(answer.at('sent'), answer.text).toBe('yes')
    expect(wire.requests.at(-1)?.dialled).toBe(PUBLIC_6)
  }
  await wire.stop()
})

test('U14 a PSP that moves: new connections go to its new address, and are checked anew', async () => {
  const { wire } = net.shop
  wire.reply = ({ socket }) => {
    respond(socket, '{}', { headers: ['Connection: close'] })
    socket.end()
  }
  await net.list('moving.psp.test')
  for (const address of [PUBLIC, '1.1.1.1', '9.9.9.9']) {
    net.names.zone = () => [address]
    expect(await net.attempt('https://moving.psp.test/')).toMatchObject({
      sent: 'yes',
      dialled: [address],
    })
  }
  net.names.zone = () => ['10.0.0.1']
  expect(await net.attempt('https://moving.psp.test/')).toMatchObject({
    code: 'address_denied',
    sent: 'no',
  })
})

test('U14 a certificate that is renewed is taken, one that has become bad is not', async () => {
  net.names.zone = () => [PUBLIC]
  await net.list('psp.test', { port: 4441 })
  const attempt = async (): Promise<string> => {
    const body = { request: { url: 'https://psp.test:4441/', body: {} } }
    const answer = await net.shop.call('POST', '/v1/forward', body)
    return answer.textAt('sent') || answer.textAt('error', 'code')
  }
  const good = { host: '::', port: 4441, authority: net.shop.wire.folder, names: ['psp.test'] }
  const stranger = await certificate({ issuer: null, names: ['psp.test'] })
  for (const [options, expected] of [
    [good, 'yes'],
    [good, 'yes'],
    [{ ...good, tls: stranger }, 'psp_tls'],
    [good, 'yes'],
  ] as const) {
    const wire = await startWire(options)
    const came = await attempt()
    // A connection that was kept closes as the PSP restarts; that is no answer either way.
    expect(came === 'psp_broken' ? await attempt() : came).toBe(expected)
    await wire.stop()
  }
})

test('U14 the machine gets another name server: names are asked for there', async () => {
  net.names.zone = () => 'silent'
  const other = await startNameServer('127.0.0.54')
  other.zone = () => [PUBLIC]
  // Of this namespace alone: the machine's own is not touched.
  expect(readFileSync('/etc/resolv.conf', 'utf8')).toContain('127.0.0.53')
  writeFileSync('/etc/resolv.conf', 'nameserver 127.0.0.54\noptions timeout:1 attempts:1\n')
  await net.list('later.psp.test')
  const answer = await net.shop.call('POST', '/v1/forward', {
    request: { url: 'https://later.psp.test/', body: {} },
  })
  expect(answer.at('sent'), answer.text).toBe('yes')
  expect(other.asked).toContain('later.psp.test')
  await other.stop()
})
