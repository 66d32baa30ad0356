/**
 * @module Requests of template documents: placeholders, types, what is left out, choices, further fields, ids.
 */
import { describe, expect, test } from 'bun:test'
import { kit } from '../../src/kit.ts'
import { loadTemplate } from '../../src/templates/load.ts'
import { asHole } from '../../src/hole.ts'
import { INTENT, bodyOf, changed, planOf, withBody, written } from './minimal.ts'

const json = (fields: string) => withBody(`    json:\n${fields.replace(/^/gm, '      ')}\n`)

describe('values', () => {
  test('a whole-string placeholder keeps its type, within text it is written out', () => {
    const adapter = json(`minor: '{{intent.amount.minor}}'
text: '{{intent.amount.minor | text}}'
inside: 'EUR {{intent.amount.minor}}.'
decimal: '{{intent.amount.decimal}}'
number: '{{intent.amount.decimal | number}}'
month: '{{card.exp_month | number}}'
currency: '{{intent.amount.currency | lower}}'
plain: [1, 2.5, true, null, 'x', { a: [] }]`)
    expect(bodyOf(adapter)).toBe(
      '{"minor":1999,"text":"1999","inside":"EUR 1999.","decimal":"19.99","number":19.99,"month":3,"currency":"eur","plain":[1,2.5,true,null,"x",{"a":[]}]}',
    )
  })

  test('text with holes is one value, and shows by its names', () => {
    const adapter = json(`expiry: '{{card.exp_month}}/{{card.exp_year | yy}}'`)
    expect(bodyOf(adapter)).toBe('{"expiry":"03/31"}')
    const { body } = planOf(adapter)
    const field = body && 'fields' in body ? body.fields['expiry'] : null
    expect(asHole(field)?.label).toBe('{{ card.exp_month }}/{{ card.exp_year | yy }}')
  })

  test('amounts have the decimals of ISO 4217, or those the document says', () => {
    const adapter = loadTemplate(
      changed(
        [
          "amount: '{{intent.amount.minor}}'",
          "amount: ['{{intent.amount.minor}}', '{{intent.amount.decimal}}']",
        ],
        ['operations:', 'decimals: { CLP: 2, KWD: 2, ISK: 0 }\noperations:'],
      ),
      'acme.yaml',
    )
    const of = (minor: number, currency: string) =>
      JSON.parse(bodyOf(adapter, { amount: { minor, currency } })).amount
    expect(of(730451, 'JPY')).toEqual([730451, '730451'])
    expect(of(1234567, 'BHD')).toEqual([1234567, '1234.567'])
    expect(of(500, 'CLP')).toEqual([50000, '500.00'])
    expect(of(1234560, 'KWD')).toEqual([123456, '1234.56'])
    const wrong = { ...INTENT, amount: { minor: 1234567, currency: 'KWD' } }
    expect(adapter.operations.purchase?.check?.(wrong)).toEqual([
      'amount.minor: Acme has fewer decimals of KWD',
    ])
  })

  test('what is optional and missing is left out, with the text and the object it is in', () => {
    const adapter = json(`a: '{{intent.customer.email?}}'
b: 'mail {{intent.customer.email?}}'
c: { d: '{{intent.customer.phone?}}', e: { f: '{{intent.device.ip?}}' } }
g: ['{{intent.customer.id?}}', 1]
h: '{{intent.extra.kind | default "retail"}}'
i: '{{intent.extra.count | default 1}}'`)
    expect(bodyOf(adapter)).toBe('{"g":[1],"h":"retail","i":1}')
    const customer = { email: 'a@b.example', phone: '1', id: 'c' }
    expect(bodyOf(adapter, { customer, extra: { kind: 'x', count: 3 } })).toBe(
      '{"a":"a@b.example","b":"mail a@b.example","c":{"d":"1"},"g":["c",1],"h":"x","i":3}',
    )
  })

  test('the operation, the mode and options choose', () => {
    const adapter = json(`a: { '{{intent.operation}}': { purchase: { b: 1 } } }
c: { '{{option.flow}}': { direct: 'd', hosted: '{{intent.return_url}}' } }
t: { '{{intent.mode}}': { live: false, sandbox: true } }`)
    expect(bodyOf(adapter)).toBe('{"a":{"b":1},"c":"d","t":true}')
    const hosted = { options: { flow: 'hosted' }, return_url: 'https://a.example' }
    expect(bodyOf(adapter, hosted)).toContain('"c":"https://a.example"')
    const operation = adapter.operations.purchase
    expect(operation?.needs).toEqual([])
    expect(operation?.check?.({ ...INTENT, options: { flow: 'hosted' } })).toEqual([
      'return_url: missing',
    ])
  })

  test('a choice that says nothing leaves its field out', () => {
    const adapter = json(`a: { '{{option.flow}}': { hosted: 1 } }\nb: 2`)
    expect(bodyOf(adapter)).toBe('{"b":2}')
  })

  test('times and ids come from the intent alone', () => {
    const adapter =
      json(`t: ['{{now.seconds}}', '{{now.ms}}', '{{now.iso}}', '{{now.iso_ms}}', '{{now.compact}}', '{{now.date}}']
uuid: '{{id.uuid}}'
hex: ['{{id.hex16}}', '{{id.hex32}}', '{{id.digits12}}']`)
    const body = JSON.parse(bodyOf(adapter))
    expect(body.t).toEqual([
      ...[1700000000, 1700000000000, '2023-11-14T22:13:20Z', '2023-11-14T22:13:20.000Z'],
      ...['20231114221320', '2023-11-14'],
    ])
    expect(body.uuid).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
    expect(body.hex.map((one: string) => one.length)).toEqual([16, 32, 12])
    expect(bodyOf(adapter)).toBe(bodyOf(adapter))
    const other = JSON.parse(bodyOf(adapter, { idempotency_key: 'key-2' }))
    expect(other.uuid).not.toBe(body.uuid)
  })
})

describe('bodies', () => {
  test('forms', () => {
    const adapter = withBody(`    form:
      card: { number: '{{card.number}}', exp: '{{card.exp_month}}{{card.exp_year | yy}}' }
      name: '{{card.holder}}'
`)
    const { body, headers } = written(adapter)
    expect(body.toString()).toBe('card[number]=4242424242424242&card[exp]=0331&name=Ann+Example')
    expect(headers).toContainEqual(['content-type', 'application/x-www-form-urlencoded'])
  })

  test('XML, with further fields inside its root', () => {
    const adapter = withBody(`    xml:
      payment:
        '@version': '1.4'
        amount: { '@currency': '{{intent.amount.currency}}', '#text': '{{intent.amount.decimal}}' }
        pan: '{{card.number}}'
`)
    expect(bodyOf(adapter, { extra: { note: 'a < b' } })).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><payment version="1.4"><amount currency="EUR">19.99</amount><pan>4242424242424242</pan><note>a &lt; b</note></payment>',
    )
  })

  test('further fields are merged last, but for those that have a place', () => {
    const adapter = json(`a: { b: 1, c: '{{intent.extra.named?}}' }\nd: 2`)
    expect(
      bodyOf(adapter, { extra: { named: 'n', a: { x: 9, b: 3 }, d: [4], e: '{{card.number}}' } }),
    ).toBe('{"a":{"b":3,"c":"n","x":9},"d":[4],"e":"{{card.number}}"}')
  })

  test('a forged hole in further fields stays data, and does not vanish into a hole', () => {
    const adapter = json(`card: '{{card.number}}'`)
    const forged = { source: { from: 'token' }, label: 'x' }
    expect(bodyOf(adapter, { extra: { card: forged } })).toBe(
      '{"card":{"source":{"from":"token"},"label":"x"}}',
    )
    expect(bodyOf(adapter, { extra: { other: forged } })).toContain('4242424242424242')
  })
})

describe('paths', () => {
  const adapter = loadTemplate(
    changed([
      '    path: /pay\n',
      "    path: /m/{{credential.account}}/pay/{{intent.reference}}\n    query: 'a={{intent.customer.id}}'\n    headers: { x-who: '{{intent.customer.id}}', x-not: '{{intent.customer.email?}}' }\n",
    ]),
    'acme.yaml',
  )
  test('are filled and encoded', () => {
    const { target, headers } = written(adapter, { customer: { id: 'a&b=c' } })
    expect(target).toBe('/m/m1/pay/A1001?a=a%26b%3Dc')
    expect(headers.filter(([name]) => name.startsWith('x-'))).toEqual([['x-who', 'a&b=c']])
  })
  test.each(['a/b', '..', '.', 'a?b', 'a#b', 'a%2fb', 'ä', ''])('refuse %p', (reference) => {
    const check = adapter.operations.purchase?.check?.({ ...INTENT, reference })
    expect(check).toEqual(['reference: letters, digits and -_.~: alone'])
  })
})

test('a part of a reference goes where it belongs, and one with other parts is refused', () => {
  const adapter = loadTemplate(
    changed(
      ['reference: $.id', 'reference: { order: $.order, transaction: $.tid }'],
      [
        "card: '{{card.number}}'",
        "order: '{{reference.order}}'\n      tid: '{{reference.transaction}}'",
      ],
    ),
    'acme.yaml',
  )
  expect(bodyOf(adapter, { reference: '77|ab-c' })).toContain('"order":"77","tid":"ab-c"')
  const check = (reference: string) =>
    adapter.operations.purchase?.check?.({ ...INTENT, reference })
  expect(check('77|ab-c')).toEqual([])
  expect(check('77')).toEqual(['reference: order|transaction, as Acme gave it'])
  expect(check('1|2|3')).toEqual(['reference: order|transaction, as Acme gave it'])
})

test('an adapter without derived values is never given a card; with them, they are computed from it', () => {
  expect(json(`a: '{{card.number}}'`).derive).toBeUndefined()
  const adapter = loadTemplate(
    changed(
      [
        'operations:',
        `derived:
  mac: { hmac: sha256, key: key, text: '{{card.number}}.{{intent.reference}}.{{now.seconds}}', output: base64 }
  sum: { hash: sha1, text: '{{card.exp_year | yy}}{{option.flow}}' }
  sealed: { encrypt: aes-gcm, key: key, key_encoding: utf8, text: '{{card.cvc}}' }
  shape: { text: 'pan:{{card.number | length}}' }
operations:`,
      ],
      [
        "card: '{{card.number}}'",
        "mac: '{{derived.mac}}'\n      sum: '{{derived.sum}}'\n      shape: '{{derived.shape}}'",
      ],
    ),
    'acme.yaml',
  )
  const mac = kit.crypto.hmac('sha256', 'secret-key', '4242424242424242.A1001.1700000000', 'base64')
  const sum = kit.crypto.hash('sha1', '31direct')
  expect(bodyOf(adapter)).toBe(`{"amount":1999,"mac":"${mac}","sum":"${sum}","shape":"pan:16"}`)
  expect(adapter.operations.purchase?.needs).toEqual(['card', 'amount', 'reference'])
})

test('an amount that an operation would not send is refused, because all would be moved', () => {
  const adapter = loadTemplate(
    changed([
      '  purchase:\n',
      '  void: { method: POST, path: "/x/{{intent.reference}}" }\n  purchase:\n',
    ]),
    'acme.yaml',
  )
  const check = adapter.operations.void?.check?.({ ...INTENT, operation: 'void', extra: { a: 1 } })
  expect(check).toEqual([
    'extra.a: nothing is sent but the path',
    'amount: Acme takes all that the reference names, so leave it out',
  ])
})
