/**
 * @module What PSPs say, in answers, pages and webhooks, is never read as a template, whatever it looks like.
 */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { canaryCard, canarySecret } from '../support/canary.ts'
import { openShop, type Shop } from '../support/shop.ts'
import { respond } from '../support/wire.ts'

const number = canaryCard()
const SECRET = canarySecret().slice(0, 32)
let shop: Shop
let token: string
let account: string
beforeAll(async () => {
  shop = await openShop()
  token = await shop.token(number)
  const made = await shop.call('POST', '/v1/accounts', {
    adapter: 'praxis',
    mode: 'sandbox',
    name: 'praxis',
    credentials: { merchant_id: 'm-1', application_key: 'shop', merchant_secret: SECRET },
  })
  expect(made.status, made.text).toBe(201)
  account = made.textAt('id')
})
afterAll(async () => {
  await shop.expectSound()
  await shop.stop()
})

/** Placeholders of every dialect, code of the usual engines, and what would show that one ran: 1787569, the card, a secret. */
const wordsOf = (id: string): readonly string[] => [
  '{{ card.number }}',
  '{{card.number | json}}',
  '${cardNumber}',
  `{{ token: ${id} | json: '$.data.number' }}`,
  `{{ ${id} | json: "$.number" }}`,
  `{{ tokens.${id}.card.number }}`,
  '{{ credentials.merchant_secret }}',
  '{{1337*1337}}',
  '${1337*1337}',
  '#{1337*1337}',
  '<%= 1337*1337 %>',
  '{% assign a = 1337 | times: 1337 %}{{ a }}',
  '{{constructor.constructor("return process.env")()}}',
  '{"$ref": "card.number"}',
]

function expectUnread(text: string, words: string): void {
  expect(text, words).not.toContain(number)
  expect(text, words).not.toContain(SECRET)
  expect(text, words).not.toMatch(/1787569/)
}

test('T13 answers and 3-D Secure pages with placeholders come back as they were written', async () => {
  for (const words of wordsOf(token)) {
    const page = `<form action="https://acs.test/"><input name="PaReq" value='${words}'></form>`
    const shapes: readonly (readonly [type: string, text: string, body: unknown])[] = [
      ['application/json', JSON.stringify({ redirect: words }), { redirect: words }],
      ['text/html', page, page],
    ]
    for (const [type, text, body] of shapes) {
      shop.wire.reply = ({ socket }) =>
        respond(socket, text, { headers: [`Content-Type: ${type}`, `X-Next: ${words}`] })
      const answer = await shop.forward('/pay', { body: { n: '{{ card.number }}' } }, { token })
      expect(answer.at('response', 'body'), words).toEqual(body)
      expect(answer.at('response', 'headers', 'x-next'), words).toBe(words)
      expectUnread(answer.text, words)
    }
  }
})

let orders = 0

/** As Praxis signs: the values in the order of their names, and the secret. */
function signed(message: Readonly<Record<string, string>>): Record<string, string> {
  const text = Object.keys(message)
    .toSorted()
    .map((name) => message[name])
    .join('')
  const signature = createHash('sha384')
    .update(text + SECRET)
    .digest('hex')
  return { ...message, signature }
}

test('T13 webhooks with placeholders, signed and not, are kept as they were written', async () => {
  for (const words of wordsOf(token)) {
    const message = {
      merchant_id: 'm-1',
      application_key: 'shop',
      transaction_type: 'sale',
      transaction_status: words,
      trace_id: words,
      order_id: `${words} ${++orders}`,
      version: '1.2',
    }
    for (const body of [signed(message), { ...message, signature: words }]) {
      const told = await fetch(`${shop.served.url}/v1/notifications/${account}?q=${words}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-words': words },
        body: JSON.stringify(body),
      })
      expectUnread(await told.text(), words)
      if (body.signature === words) {
        expect(told.status).toBe(400)
        continue
      }
      expect(told.status).toBe(200)
      const list = await shop.call('GET', '/v1/notifications?limit=1')
      const kept = await shop.call('GET', `/v1/notifications/${list.textAt('data', 0, 'id')}`)
      expect(kept.at('verified')).toBe(true)
      expect(kept.at('merchant_reference')).toBe(message.order_id)
      expect(kept.at('body')).toEqual(body)
      expectUnread(kept.text, words)
    }
  }
})

test('T14 a webhook signed as one kind of body is not read as another', async () => {
  const made = await shop.call('POST', '/v1/accounts', {
    ...{ adapter: 'payu_india', mode: 'sandbox', name: 'payu' },
    credentials: { merchant_key: 'key', salt: SECRET },
  })
  expect(made.status, made.text).toBe(201)
  const text = `${SECRET}|failure|||||||||||a@shop.example|Ann|Shoes|11.00|A1|key`
  // PayU has the customer's browser post it to the shop: a customer knows this one.
  const failed = {
    ...{ mihpayid: '7', status: 'failure', txnid: 'A1', amount: '11.00', productinfo: 'Shoes' },
    ...{ firstname: 'Ann', email: 'a@shop.example', key: 'key' },
    hash: createHash('sha512').update(text).digest('hex'),
  }
  const tell = async (type: string, body: string) => {
    const headers = { 'content-type': type }
    const url = `${shop.served.url}/v1/notifications/${made.textAt('id')}`
    const { status } = await fetch(url, { method: 'POST', headers, body })
    const list = await shop.call('GET', '/v1/notifications?limit=1')
    const kept = await shop.call('GET', `/v1/notifications/${list.textAt('data', 0, 'id')}`)
    return { status, verified: kept.at('verified'), kind: kept.at('outcome', 'kind') }
  }
  const form = 'application/x-www-form-urlencoded'
  const signedForm = String(new URLSearchParams(failed))
  expect(await tell(form, signedForm)).toEqual({ status: 200, verified: true, kind: 'declined' })
  // A paid order of one rupee, whose customer is called like the end of another order's text.
  const name = 'Ann|Shoes|1000.00|A2|key'
  const cheap = `${SECRET}|success|||||||||||a@shop.example|${name}|Shoes|1.00|A1|key`
  const shifted = new URLSearchParams({
    ...{ ...failed, status: 'success', amount: '1000.00', txnid: 'A2' },
    key: 'key|Shoes|1.00|A1|key',
    hash: createHash('sha512').update(cheap).digest('hex'),
  })
  expect(await tell(form, String(shifted))).toMatchObject({ status: 401, verified: false })
  const paid = '&status=success&mihpayid=7&txnid=A1&'
  for (const type of [form, 'application/json', 'text/plain']) {
    for (const body of [
      JSON.stringify({ ...failed, more: paid }),
      JSON.stringify({ more: `${paid}&${signedForm}&` }),
      `<a>${paid}<![CDATA[&${signedForm}&]]></a>`,
      `status=success&${signedForm}`,
    ]) {
      expect((await tell(type, body)).kind, `${type} ${body}`).not.toBe('approved')
    }
  }
})
