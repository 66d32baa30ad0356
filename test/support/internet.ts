/**
 * @module The internet as one machine, for use inside a namespace: names as the test says, a PSP at every address, and somebody who
 * notices every connection to anywhere else.
 */
import { createServer } from 'node:net'
import { startNameServer, type NameServer } from './dns.ts'
import { openShop, type Shop } from './shop.ts'

/** Addresses on the public internet: Google's name server, Cloudflare's. */
export const PUBLIC = '8.8.4.4'
export const PUBLIC_6 = '2606:4700:4700::1111'

/** Ports beside the PSP's where somebody waits. */
const TRAPS = [22, 80, 8443]

export interface Tried {
  /** Of the error; empty where there was none. */
  readonly code: string
  readonly sent: string
  /** The addresses that were dialled, and the port where it is not 443. */
  readonly dialled: readonly string[]
  /** The names that were asked for. */
  readonly asked: readonly string[]
}

export interface Internet {
  /** Its PSP has a good certificate for `psp.test`, all names below it, and the public addresses. */
  readonly shop: Shop
  /** `psp.test` and all names below it lead to a public address, until the test says otherwise. */
  readonly names: NameServer
  /** Lists a destination; gives the status. */
  list(host: string, more?: Readonly<Record<string, unknown>>): Promise<number>
  /** Sends to a URL, and says what came of it and who noticed. */
  attempt(url: string, request?: Readonly<Record<string, unknown>>): Promise<Tried>
  stop(): Promise<void>
}

/** Opens it. No range but the public internet may be sent to, unless `env` says otherwise. */
export async function openInternet(env: Readonly<Record<string, string>> = {}): Promise<Internet> {
  const names = await startNameServer()
  names.zone = (name) => (name.endsWith('psp.test') ? [PUBLIC] : null)
  const strays: string[] = []
  const traps = await Promise.all(
    TRAPS.map(async (port) => {
      const trap = createServer((socket) => {
        strays.push(`${socket.localAddress}:${port}`)
        socket.destroy()
      })
      await new Promise<void>((resolve) => trap.listen(port, '::', resolve))
      return trap
    }),
  )
  const shop = await openShop(
    { PANGATE_EGRESS_PRIVATE_NETWORKS: '[]', ...env },
    { host: '::', port: 443, names: ['psp.test', '*.psp.test', PUBLIC, PUBLIC_6] },
  )
  const { wire, call } = shop
  return {
    shop,
    names,
    list: async (host, more = {}) =>
      (await call('POST', '/v1/destinations', { host, ...more })).status,
    async attempt(url, request = {}) {
      const before = wire.connections
      names.asked.length = strays.length = wire.requests.length = 0
      const answer = await call('POST', '/v1/forward', {
        request: { url, body: { a: 1 }, ...request },
      })
      const dialled = wire.requests.map((one) => one.dialled)
      // A connection of which nothing came is a connection all the same.
      if (dialled.length === 0 && wire.connections > before) dialled.push('unknown')
      return {
        code: answer.textAt('error', 'code'),
        sent: answer.textAt('sent') || answer.textAt('error', 'sent'),
        dialled: [...dialled, ...strays],
        asked: [...names.asked],
      }
    },
    async stop() {
      await shop.expectSound()
      await shop.stop()
      await names.stop()
      for (const trap of traps) trap.close()
    },
  }
}
