/**
 * @module Placeholders where they may not stand, tokens of others, numbers in the clear, and keys that are prototypes.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { canaryCard } from '../support/canary.ts'
import { openSender, type Sender } from './sending.ts'

let sender: Sender
let token: string
beforeAll(async () => {
  sender = await openSender()
  token = await sender.shop.token()
})
afterAll(async () => {
  await sender.shop.expectSound()
  await sender.shop.stop()
})

const HOLE = '{{ card.number }}'
const typed = (type: string, body: string) => ({ headers: { 'Content-Type': type }, body })
const json = (body: string) => typed('application/json', body)
const form = (body: string) => typed('application/x-www-form-urlencoded', body)
const xml = (body: string) => typed('application/xml', body)

/** Places -> a request with a placeholder there. */
const MISPLACED: Readonly<Record<string, (url: string) => Record<string, unknown>>> = {
  'a key': (url) => ({ url, body: { [HOLE]: 1 } }),
  'a key of JSON in text': (url) => ({ url, ...json(`{"${HOLE}":1}`) }),
  'a key in an array': (url) => ({ url, body: [{ a: { [`x${HOLE}`]: 1 } }] }),
  'a number': (url) => ({ url, ...json(`{"a":${HOLE}}`) }),
  'half a number': (url) => ({ url, ...json(`{"a":1${HOLE}}`) }),
  'between values': (url) => ({ url, ...json(`{"a":1 ${HOLE}}`) }),
  'after the value': (url) => ({ url, ...json(`{"a":1}${HOLE}`) }),
  'a comment in JSON': (url) => ({ url, ...json(`{"a":1/* ${HOLE} */}`) }),
  'an escape in JSON': (url) => ({ url, ...json(`{"a":"\\u00${HOLE}"}`) }),
  'the name of a field': (url) => ({ url, ...form(`${HOLE}=1`) }),
  'the name of a field, encoded': (url) => ({ url, ...form(`a%7B%7B+card.number+%7D%7D=1`) }),
  'an element': (url) => ({ url, ...xml(`<a><${HOLE}/></a>`) }),
  'an attribute': (url) => ({ url, ...xml(`<a ${HOLE}="b"/>`) }),
  'an instruction': (url) => ({ url, ...xml(`<?a ${HOLE}?><a/>`) }),
  'a document type': (url) => ({ url, ...xml(`<!DOCTYPE a [<!ENTITY b "${HOLE}">]><a/>`) }),
  'an attribute without quotes': (url) => ({ url, ...xml(`<a b=${HOLE}/>`) }),
  'a header name': (url) => ({ url, headers: { [HOLE]: 'a' } }),
  'the host': (url) => ({ url: url.replace('localhost', `${HOLE}.localhost`) }),
  'the host, encoded': (url) => ({ url: url.replace('localhost', '%7B%7Bcard.number%7D%7D') }),
  'the user': (url) => ({ url: url.replace('localhost', `${HOLE}@localhost`) }),
  'the port': (url) => ({ url: url.replace(/:\d+/, `:${HOLE}`) }),
  'the scheme': (url) => ({ url: url.replace('https', HOLE) }),
  'the whole URL': () => ({ url: HOLE }),
  'a fragment': (url) => ({ url: `${url}#${HOLE}` }),
  'the name of a query value': (url) => ({ url: `${url}?${HOLE}=a` }),
  'the method': (url) => ({ url, method: HOLE }),
  'inside another': (url) => ({ url, body: { a: `{{ ${HOLE} }}` } }),
  'one that is not closed': (url) => ({ url, body: { a: '{{ card.number' } }),
  'one over two strings': (url) => ({ url, body: ['{{ card.', 'number }}'] }),
  'one that is none': (url) => ({ url, body: { a: '{{ card.pin }}' } }),
  'a filter that is none': (url) => ({ url, body: { a: '{{ card.number | eval }}' } }),
  'a path into the program': (url) => ({ url, body: { a: '{{ card.constructor }}' } }),
  'a prototype': (url) => ({ url, body: { a: '{{ __proto__.number }}' } }),
  'another instrument': (url) => ({ url, body: { a: '{{ bank_account.account_number }}' } }),
}

test.each(Object.entries(MISPLACED))('T02 a placeholder in %s', async (_, make) => {
  const { answer, request } = await sender.send(make, { token })
  expect(request?.body).toBeUndefined()
  expect([400, 403, 422], answer.text).toContain(answer.status)
  expect(answer.at('error', 'sent')).toBe('no')
})

test('T02 a placeholder in a comment of XML is a comment', async () => {
  const body = `<a><!-- ${HOLE} --></a>`
  const { request } = await sender.send((url) => ({ url, ...xml(body) }), { token })
  expect(request?.body).toBe(body)
})

test('T02 a placeholder as the token, the account or the key is a name of nothing', async () => {
  for (const call of [
    { token: HOLE },
    { token, account: HOLE },
    { tokens: { a: HOLE } },
    { token, cvc_session: HOLE },
    { tokens: { [HOLE]: token } },
  ]) {
    const { answer, request } = await sender.send(
      (url) => ({ url, body: { a: '{{ card.number }}', c: '{{ card.cvc }}' } }),
      call,
    )
    expect(request, JSON.stringify(call)).toBeUndefined()
    expect(answer.status).toBeLessThan(500)
    expect(answer.at('error', 'sent')).toBe('no')
  }
})

async function keyOf(tenant: string, ...more: readonly string[]): Promise<string> {
  const { installed } = sender.shop
  const scopes = 'tokens:write,tokens:read,forward,forwards:read,admin'
  const printed = await installed.command(
    'key',
    'create',
    '--tenant',
    tenant,
    '--scope',
    scopes,
    '--json',
    ...more,
  )
  return String(Reflect.get(Object(JSON.parse(printed)), 'key'))
}

test('T06 a token of another tenant, of the other mode, or erased is as one that never was', async () => {
  const { call, installed, wire } = sender.shop
  await installed.command('tenant', 'create', 'other')
  const strangers = {
    'another tenant': await keyOf('other'),
    'test mode': await keyOf('shop', '--test'),
  }
  const never = 'tok_01m7yg0000000000000000000x'
  const same = (text: string): string =>
    text.replace(/"(?:request_id|forward)":"[^"]*"/g, '').replace(/tok_\w+/g, 'tok')
  for (const [who, key] of Object.entries(strangers)) {
    const as = { authorization: `Bearer ${key}` }
    await call('POST', '/v1/destinations', { host: 'localhost', port: wire.port }, as)
    const ask = async (id: string): Promise<readonly (readonly [number, string])[]> => {
      const request = { url: `${wire.url}/stolen`, body: { n: HOLE } }
      const answers = [
        await call('GET', `/v1/tokens/${id}`, undefined, as),
        await call('PATCH', `/v1/tokens/${id}`, { metadata: { a: 'b' } }, as),
        await call('DELETE', `/v1/tokens/${id}`, undefined, as),
        await call('POST', '/v1/forward', { token: id, request }, as),
        await call(
          'POST',
          '/v1/forward',
          { tokens: { payer: id }, request: { ...request, body: { n: '{{ payer.number }}' } } },
          as,
        ),
        await call('POST', '/v1/cvc-sessions', { cvc: '987', token: id }, as),
        await call('POST', '/proxy', JSON.stringify({ n: `{{ ${id} }}` }), {
          'bt-api-key': key,
          'bt-proxy-url': request.url,
          authorization: '',
        }),
        await call(
          'POST',
          '/proxy/transaction',
          { token: id, proxy_url: request.url, request_data: { n: '${cardNumber}' } },
          { 'x-api-key': key, authorization: '' },
        ),
      ]
      return answers.map((answer) => [answer.status, same(answer.text)])
    }
    sender.shop.wire.requests.length = 0
    const stolen = await ask(token)
    expect(stolen, who).toEqual([...(await ask(never))])
    expect(
      stolen.filter(([status]) => status < 400),
      who,
    ).toEqual([])
    expect(sender.shop.wire.requests, who).toEqual([])
  }
  const gone = await sender.shop.token()
  await call('DELETE', `/v1/tokens/${gone}`)
  const { answer, request } = await sender.send((url) => ({ url, body: { n: HOLE } }), {
    token: gone,
  })
  expect([answer.at('error', 'code'), request]).toEqual(['token_unknown', undefined])
  expect((await call('GET', `/v1/tokens/${token}`)).status).toBe(200)
})

const spellings = (number: string): readonly string[] => {
  const spaced = number.replace(/(.{4})/g, '$1 ').trim()
  return [number, spaced, `order ${number}!`, spaced.replaceAll(' ', '-')]
}

/** A number in each place of a request. */
const places = (text: string): readonly ((url: string) => Record<string, unknown>)[] => [
  (url) => ({ url, body: { reference: text } }),
  (url) => ({ url: `${url}?r=${encodeURIComponent(text)}` }),
  (url) => ({ url, headers: { 'X-R': text } }),
  (url) => ({ url, ...form(`r=${encodeURIComponent(text)}`) }),
  (url) => ({ url, ...form(`r=${encodeURIComponent(JSON.stringify({ r: text }))}`) }),
  (url) => ({ url, ...xml(`<r>${text}</r>`) }),
  (url) => ({ url, ...typed('text/plain', text) }),
]

test('T07 a number in the clear is refused where it would be kept, and where it would be sent', async () => {
  const { call } = sender.shop
  const number = canaryCard()
  const card = { number: canaryCard(), exp_month: 1, exp_year: 2034 }
  for (const text of spellings(number)) {
    for (const body of [
      { type: 'card', card, metadata: { note: text } },
      { type: 'card', card: { ...card, holder: text } },
    ]) {
      const made = await call('POST', '/v1/tokens', body)
      expect(made.status).toBeGreaterThanOrEqual(400)
      expect(made.text).not.toContain(text)
    }
    for (const make of places(text)) {
      const { answer, request } = await sender.send(make, { token })
      expect(answer.status, answer.text).toBe(422)
      expect(answer.at('error')).toMatchObject({ code: 'card_in_clear', sent: 'no' })
      expect(answer.text.replace(/[^0-9]/g, '')).not.toContain(number)
      expect(request).toBeUndefined()
    }
  }
  expect(sender.shop.served.program.stderr()).not.toContain(number)
})

test('T07 where it may be sent, it is in no record', async () => {
  const letting = await openSender({ PANGATE_EGRESS_CARD_NUMBERS_IN_CLEAR: 'allow' })
  const number = canaryCard()
  for (const text of spellings(number)) {
    for (const make of places(text)) {
      const { answer, request } = await letting.send(make)
      expect(request, answer.text).toBeDefined()
      const { status, text: record } = await letting.shop.call(
        'GET',
        `/v1/forwards/${answer.textAt('id')}`,
      )
      expect(status).toBe(200)
      expect(record.replace(/[^0-9]/g, '')).not.toContain(number)
    }
  }
  expect(letting.shop.served.program.stderr()).not.toContain(number)
  await letting.shop.expectSound()
  await letting.shop.stop()
})

test('T12 keys that are prototypes stay keys: nothing else changes', async () => {
  const { call } = sender.shop
  const before = (await call('GET', '/v1/adapters')).text
  const poison =
    '"__proto__":{"polluted":"yes","scope":"admin","test":true},"constructor":{"prototype":{"polluted":"yes"}}'
  const paths = [
    '/v1/tokens',
    '/v1/forward',
    '/v1/destinations',
    '/v1/accounts',
    '/v1/keys',
    '/v1/cvc-sessions',
    '/tokens',
    '/tokenize',
    '/proxy/transaction',
    '/v2/tokens',
  ]
  for (const path of paths) {
    for (const body of [
      `{${poison}}`,
      `{"type":"card","card":{${poison}}}`,
      `{"metadata":{${poison}},"data":{${poison}},"type":"token"}`,
      `[{${poison}}]`,
    ]) {
      const answer = await call('POST', path, body, {
        'x-api-key': sender.shop.key,
        'bt-api-key': sender.shop.key,
      })
      expect(answer.status, `${path} ${body} ${answer.text}`).toBeLessThan(500)
    }
    const pairs =
      '__proto__[polluted]=yes&__proto__.polluted=yes&constructor[prototype][polluted]=yes&__proto__=yes'
    await call('POST', `${path}?${pairs}`, pairs, {
      'content-type': 'application/x-www-form-urlencoded',
      'x-api-key': sender.shop.key,
    })
  }
  const { request } = await sender.send((url) => `{"request":{"url":"${url}","body":{${poison}}}}`)
  expect(request?.body).toBe(`{${poison}}`)
  const held = await sender.send((url) => ({ url, body: { a: 1 } }))
  expect(held.answer.text).not.toContain('polluted')
  expect(held.request?.head.join()).not.toContain('polluted')
  expect((await call('GET', '/v1/adapters')).text).toBe(before)
  expect((await call('GET', '/v1/keys', undefined, { authorization: '' })).status).toBe(401)
})
