/**
 * @module Texts that take a careless search a long time, in answers and in bodies.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { canaryCard } from '../support/canary.ts'
import { openShop, type Shop } from '../support/shop.ts'
import { respond } from '../support/wire.ts'

let shop: Shop
beforeAll(async () => {
  shop = await openShop()
})
afterAll(async () => {
  await shop.expectSound()
  await shop.stop()
})

test('T09 answers and bodies that are made to be slow to search: a megabyte is done in a second', async () => {
  const number = canaryCard()
  const token = await shop.token(number)
  const near = number.slice(0, -1)
  const whole = 1_000_000
  const fill = (text: string, size = whole): string =>
    text.repeat(Math.ceil(size / text.length)).slice(0, size)
  const answers = [
    near,
    [...near].join(' - '),
    [...near].join('\0\0\0'),
    ' -./_',
    Buffer.from(near).toString('hex'),
    '202d00',
    '4',
    Buffer.from(near).toString('base64').slice(0, -4),
    [...near].map((one) => `%3${one}`).join('%20'),
    [...near].map((one) => `&#${one.charCodeAt(0)};`).join('&nbsp;'),
    'cvc',
    `cvc"${' '.repeat(8)}:`,
    '\\',
    '"cvc":"12',
    '[[[[',
    '{"a":',
  ]
  for (const text of answers) {
    shop.wire.reply = ({ socket }) =>
      respond(socket, fill(text), { headers: ['Content-Type: text/plain'] })
    const started = performance.now()
    expect(
      (await shop.forward('/pay', { body: { n: '{{ card.number }}' } }, { token })).at('sent'),
    ).toBe('yes')
    expect(performance.now() - started, JSON.stringify(text)).toBeLessThan(1_000)
  }
  const bodies = [
    '{{',
    '{{ ',
    '{{ card.number }} ',
    '{{ card.number | ',
    "{{ 'a",
    '${',
    '}}',
    '{',
    '\\{{',
    '%7B%7B',
    '<a ',
    '<![CDATA[',
    '&',
    'a=&',
    '<!--',
    '\\u007b',
  ]
  for (const type of [
    'application/json',
    'application/x-www-form-urlencoded',
    'application/xml',
    'text/plain',
  ]) {
    for (const text of bodies) {
      const body =
        type === 'application/json' ? JSON.stringify(fill(text, 300_000)) : fill(text, 300_000)
      const started = performance.now()
      const answer = await shop.forward(
        '/pay',
        { headers: { 'Content-Type': type }, body },
        { token },
      )
      expect(answer.status, `${type} ${text} ${answer.text.slice(0, 200)}`).toBeLessThan(500)
      expect(performance.now() - started, `${type} ${text}`).toBeLessThan(1_000)
    }
  }
}, 20_000)
