/**
 * @module Whether the time of an answer tells what its words do not: of another's token that it is there, of a wrong key how much was right.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { openShop, type Shop } from '../support/shop.ts'

const SAMPLES = process.env['PANGATE_TEST_LONG'] === '1' ? 10_000 : 1_500
/** Milliseconds that nobody can tell over a network. */
const NEAR_MS = 0.1

let shop: Shop
let stranger: string
let token: string
beforeAll(async () => {
  shop = await openShop()
  token = await shop.token()
  await shop.installed.command('tenant', 'create', 'other')
  const made: unknown = JSON.parse(
    await shop.installed.command(
      'key',
      'create',
      '--tenant',
      'other',
      '--scope',
      'tokens:read,forward',
      '--json',
    ),
  )
  stranger = typeof made === 'object' && made !== null && 'key' in made ? String(made.key) : ''
})
afterAll(async () => {
  await shop.expectSound()
  await shop.stop()
})

/** Asks by itself, since thousands of answers are no evidence that needs to be kept. */
async function ask(key: string, path: string, expected: number): Promise<void> {
  const answer = await fetch(shop.served.url + path, {
    headers: { authorization: `Bearer ${key}` },
  })
  await answer.arrayBuffer()
  if (answer.status !== expected) throw new Error(`${path}: ${answer.status}`)
}

/** How much longer the middle one of the second took than that of the first, in milliseconds; they take turns. */
async function differenceOnce(
  first: () => Promise<unknown>,
  second: () => Promise<unknown>,
): Promise<number> {
  const times: [number[], number[]] = [[], []]
  const measure = async (run: () => Promise<unknown>, into: number[]): Promise<void> => {
    const begun = performance.now()
    await run()
    into.push(performance.now() - begun)
  }
  for (let at = 0; at < SAMPLES; at++) {
    // Neither is always behind the other.
    if (at % 2 === 0) await measure(first, times[0])
    await measure(second, times[1])
    if (at % 2 === 1) await measure(first, times[0])
  }
  const [one = 0, two = 0] = times.map((list) => list.toSorted((a, b) => a - b)[SAMPLES >> 1])
  return two - one
}

/** The least of three: a difference there is shows every time, one of the machine's does not. */
async function difference(...both: Parameters<typeof differenceOnce>): Promise<number> {
  const found = [
    await differenceOnce(...both),
    await differenceOnce(...both),
    await differenceOnce(...both),
  ]
  return found.toSorted((a, b) => Math.abs(a) - Math.abs(b))[0] ?? Infinity
}

const changed = (text: string, at: number): string =>
  text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1)

test("L08 T06 another's token takes as long as one that never was", async () => {
  const unknown = changed(token, token.length - 1)
  const look = (id: string) => () => ask(stranger, `/v1/tokens/${id}`, 404)
  const ms = await difference(look(unknown), look(token))
  console.log(`T06: ${ms.toFixed(4)} ms between the middle ones of ${SAMPLES}`)
  expect(Math.abs(ms)).toBeLessThan(NEAR_MS)
}, 120_000)

test('L08 an API key that is wrong at its end takes as long as one that is wrong at its beginning', async () => {
  const at = shop.key.lastIndexOf('_') + 1
  const knock = (key: string) => () => ask(key, '/v1/tokens', 401)
  const ms = await difference(
    knock(changed(shop.key, at + 1)),
    knock(changed(shop.key, shop.key.length - 1)),
  )
  console.log(`L08 keys: ${ms.toFixed(4)} ms between the middle ones of ${SAMPLES}`)
  expect(Math.abs(ms)).toBeLessThan(NEAR_MS)
}, 120_000)
