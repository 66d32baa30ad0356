/**
 * @module What other processes take away while the server is under load stops with their command: not one call is let through after it.
 */
import { expect, test } from 'bun:test'
import { caller } from '../support/installed.ts'
import { openShop } from '../support/shop.ts'

const LONG = process.env['PANGATE_TEST_LONG'] === '1'
/** For each durability and number of processes. */
const ROUNDS = LONG ? 40 : 2
const CALLERS = 6
/** Answers under load before the command, and after it. */
const BEFORE = 20
const AFTER = 20

test.each([
  ['process', '1'],
  ['power', '1'],
  ['process', '2'],
] as const)(
  'P10 what a command takes away under load is not used once after it: durability %s, workers %s',
  async (durability, workers) => {
    const shop = await openShop({
      PANGATE_DATABASE_DURABILITY: durability,
      PANGATE_SERVER_WORKERS: workers,
    })
    const { command } = shop.installed
    const token = await shop.token()
    const request = { method: 'POST', url: `${shop.wire.url}/pay`, body: '{{ card.number }}' }
    let answers = 0

    /** Calls without end until what they need is gone; every one that began after `gone` is refused as `refused`. */
    async function underLoad(
      call: () => Promise<number>,
      allowed: number,
      refused: number,
      take: () => Promise<unknown>,
    ): Promise<void> {
      const before = Promise.withResolvers<void>()
      let gone = false
      let seen = 0
      let after = 0
      const callers = Array.from({ length: CALLERS }, async () => {
        while (after < AFTER) {
          const late = gone
          const status = await call()
          answers++
          expect(late ? [refused] : [allowed, refused]).toContain(status)
          if (late) after++
          else if (++seen === BEFORE) before.resolve()
        }
      })
      await Promise.race([before.promise, Promise.all(callers)])
      await take()
      gone = true
      await Promise.all(callers)
    }

    for (let round = 0; round < ROUNDS; round++) {
      const key = await shop.call('POST', '/v1/keys', { name: 'n', scopes: ['forward'] })
      const call = caller(shop.served.url, key.textAt('key'))
      await underLoad(
        async () => (await call('POST', '/v1/forward', { token, request })).status,
        200,
        401,
        () => command('key', 'revoke', key.textAt('id')),
      )
      const listed = await shop.call('GET', '/v1/destinations')
      const place = listed.textAt('data', 0, 'id')
      await underLoad(
        async () => (await shop.call('POST', '/v1/forward', { token, request })).status,
        200,
        403,
        () => command('destination', 'remove', place),
      )
      const [host, port] = ['localhost', new URL(shop.wire.url).port]
      await command('destination', 'add', host, '--port', port, '--tenant', 'shop')
    }
    console.log(`${ROUNDS} keys and ${ROUNDS} destinations, ${answers} calls`)
    await shop.expectSound()
    await shop.stop()
  },
  LONG ? 600_000 : 60_000,
)
