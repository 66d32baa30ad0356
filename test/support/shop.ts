/**
 * @module What an attack needs: the executable serving a shop, a PSP down to the bytes, and short ways to a token and a forward.
 */
import { expect } from 'bun:test'
import { canaryCard } from './canary.ts'
import { install, type Installed, type Reply, type Served } from './installed.ts'
import { startWire, type Wire } from './wire.ts'

export interface Shop {
  readonly wire: Wire
  readonly installed: Installed
  readonly served: Served
  readonly port: number
  readonly key: string
  readonly call: Served['call']
  /** Stores a card. */
  token(number?: string, more?: Readonly<Record<string, unknown>>): Promise<string>
  /** Sends a request of the caller's own to a path of the PSP; `request` may say more, `call` what stands beside it. */
  forward(
    path: string,
    request?: Readonly<Record<string, unknown>>,
    call?: Readonly<Record<string, unknown>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Reply>
  /** The gateway answers and its log tells of no fault. */
  expectSound(): Promise<void>
  stop(): Promise<void>
}

/** Starts both. The PSP is at localhost, unless it is told to be elsewhere. */
export async function openShop(
  env: Readonly<Record<string, string>> = {},
  place: Parameters<typeof startWire>[0] = {},
): Promise<Shop> {
  const wire = await startWire(place)
  const installed = await install(wire)
  const served = await installed.serve(env)
  const { call, program } = served
  return {
    wire,
    installed,
    served,
    port: Number(new URL(served.url).port),
    key: installed.key,
    call,
    async token(number = canaryCard(), more = {}) {
      const card = { number, exp_month: 12, exp_year: 2034, ...more }
      const made = await call('POST', '/v1/tokens', { type: 'card', card })
      expect(made.status, made.text).toBe(201)
      return made.textAt('id')
    },
    forward: (path, request = {}, more = {}, headers = {}) =>
      call(
        'POST',
        '/v1/forward',
        { ...more, request: { url: wire.url + path, ...request } },
        headers,
      ),
    async expectSound() {
      expect((await call('GET', '/v1/tokens?limit=1')).status).toBe(200)
      const faults = program
        .stderr()
        .split('\n')
        .filter((line) => /"event":"(?:fault|forward\.fault|forward\.unrecorded)"/.test(line))
      expect(faults).toEqual([])
    },
    async stop() {
      await program.stop()
      await wire.stop()
    },
  }
}
