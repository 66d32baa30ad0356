/**
 * @module Smuggling past the proxy in front: what nginx or HAProxy takes for one request is one for Pangate, and the next caller on the
 * same connection gets the answer to what that caller asked.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { FORBIDDEN, FRONTS, noFront, startFront, type Front } from '../support/fronts.ts'
import { rawRequest, sendRaw, type RawAnswer } from '../support/raw.ts'
import { openShop, type Shop } from '../support/shop.ts'
import { disguises, HOST, LAST, post, REFUSED, SMUGGLED } from './framings.ts'

const NAMES = ['nginx', 'haproxy'] as const satisfies readonly (keyof typeof FRONTS)[]

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
  await shop.call('GET', FORBIDDEN)
})
afterAll(async () => {
  await shop.expectSound()
  await shop.stop()
})

/** Requests for what the fronts refuse that Pangate saw: ours, which shows that it would see them, and what was smuggled. */
const seen = (): number => shop.served.program.stderr().split(`"route":"${FORBIDDEN}"`).length - 1

describe.each(NAMES)('behind %s', (name) => {
  const reason = noFront(name)
  if (reason !== null) console.log(`skipped: H01 behind ${name}: ${reason}`)
  const tried = test.skipIf(reason !== null)
  let front: Front

  beforeAll(async () => {
    if (reason === null) front = await startFront(name, shop.port)
  })
  afterEach(() => {
    if (reason === null) expect(seen()).toBe(1)
  })
  afterAll(() => front?.stop())

  /** Until the front refuses what it takes for the second request, or the last one is answered. */
  const attack = (bytes: string): Promise<RawAnswer> =>
    sendRaw(front.port, bytes + LAST, {
      until: (statuses) => statuses.includes(403) || statuses.includes(404),
      patience: 1_500,
    })

  /** Another caller's request, over the connection to Pangate that the attack went by. */
  async function expectOwnAnswer(told: string): Promise<void> {
    const auth = `Authorization: Bearer ${shop.key}`
    const bytes = rawRequest('GET /v1/tokens?limit=7 HTTP/1.1', [HOST, auth, 'Connection: close'])
    const { statuses, text } = await sendRaw(front.port, bytes)
    expect({ statuses, list: text.includes('"data":[') }, told).toEqual({
      statuses: [200],
      list: true,
    })
  }

  tried(
    `H01 ${Object.keys(REFUSED).length} framings behind ${name}: nothing that it refuses gets past it`,
    async () => {
      for (const [title, bytes] of Object.entries(REFUSED)) {
        const { statuses, text } = await attack(bytes + SMUGGLED)
        expect(statuses, `${title}: ${text}`).not.toContain(200)
        await expectOwnAnswer(title)
      }
    },
    60_000,
  )

  tried(
    `H01 every disguise of chunked behind ${name}`,
    async () => {
      const all = disguises()
      for (let at = 0; at < all.length; at += 24) {
        await Promise.all(
          all.slice(at, at + 24).map(async (disguise) => {
            for (const body of [`0\r\n\r\n${SMUGGLED}`, `5\r\nab\r\n0\r\n\r\n${SMUGGLED}`]) {
              const whole = await attack(post([`Content-Length: ${body.length}`, disguise], body))
              expect(whole.statuses, JSON.stringify(disguise)).not.toContain(200)
            }
          }),
        )
        await expectOwnAnswer(JSON.stringify(all.slice(at, at + 24)))
      }
      expect(all.length).toBeGreaterThan(400)
    },
    120_000,
  )
})
