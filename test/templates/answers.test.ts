/**
 * @module Answers by the rules of template documents: JSON, XML and forms; what is no answer is never an approval.
 */
import { describe, expect, test } from 'bun:test'
import type { Adapter, Answer, Json, Outcome } from '../../src/adapter.ts'
import { loadTemplate } from '../../src/templates/load.ts'
import { INTENT, MINIMAL, changed } from './minimal.ts'

function answerOf(status: number, text: string, headers: Answer['headers'] = {}): Answer {
  let json: Json | undefined
  try {
    json = JSON.parse(text)
  } catch {
    json = undefined
  }
  return { status, headers, text, json }
}

function parse(adapter: Adapter, text: string, status = 200, headers = {}): Outcome {
  const outcome = adapter.operations.purchase?.parse(answerOf(status, text, headers), INTENT)
  if (!outcome) throw new Error('there is no purchase')
  return outcome
}

/** The minimal document with other answers. */
function reading(answers: string): Adapter {
  const text = MINIMAL.slice(0, MINIMAL.indexOf('answers:')) + answers
  return loadTemplate(text, 'acme.yaml')
}

const none = { code: null, message: null }

describe('a form to post', () => {
  const adapter = reading(`answers:
  reference: $.id
  url: $.to
  form: $.fields
  rules: [{ kind: action_required, exists: $.to }]
`)
  const of = (fields: string) =>
    parse(adapter, `{"id":1,"to":"https://a.example/acs","fields":${fields}}`)
  const plain = { kind: 'action_required', reference: '1', url: 'https://a.example/acs', psp: none }
  test('its plain values as text', () => {
    const form = { a: 'x y', b: '1.10', c: 'true', d: '' }
    expect(of('{"a":"x y","b":1.10,"c":true,"d":""}')).toEqual({ ...plain, form } as Outcome)
  })
  test.each(['null', '"x"', '[1]', '{"a":{"b":1}}', '{"a":null}', '{"a":[1]}'])(
    'of %s there is none',
    (fields) => {
      expect(of(fields)).toEqual(plain as Outcome)
    },
  )
})

test("of answers in another format, nothing but codes of declines is the document's", () => {
  const text = changed([
    'operations:',
    `notification:
  verify: { scheme: hmac, secret: key, header: x, message: '{body}' }
  answers: { format: form, reference: form:id, code: form:c, rules: [{ kind: declined, when: { form:s: no } }] }
  accepted: { status: 200 }
  refused: { status: 401 }
operations:`,
  ])
  const { notification } = loadTemplate(text, 'acme.yaml')
  const message = { headers: {}, query: {}, text: 'id=7&s=no&c=51', json: undefined }
  expect(notification?.parse(message).outcome).toEqual({
    ...{ kind: 'declined', code: 'insufficient_funds', reference: '7' },
    psp: { code: '51', message: null },
  })
})

describe('JSON', () => {
  const adapter = loadTemplate(MINIMAL, 'acme.yaml')
  test('every kind', () => {
    expect(parse(adapter, '{"id":"p1","status":"ok"}')).toEqual({
      ...{ kind: 'approved', reference: 'p1', psp: none },
    })
    expect(parse(adapter, '{"id":"p1","status":"no","code":51,"message":"No."}')).toEqual({
      ...{ kind: 'declined', code: 'insufficient_funds', reference: 'p1' },
      psp: { code: '51', message: 'No.' },
    })
    expect(parse(adapter, '{"status":"no","code":"05"}')).toEqual({
      ...{ kind: 'declined', code: 'other', reference: null, psp: { code: '05', message: null } },
    })
    expect(parse(adapter, '', 401)).toEqual({ kind: 'refused', code: 'credentials', psp: none })
    expect(parse(adapter, '{"id":1,"status":"next","next":"https://a.example/3ds"}')).toEqual({
      ...{ kind: 'action_required', reference: '1', url: 'https://a.example/3ds', psp: none },
    })
    expect(parse(adapter, '{"id":1,"status":"next","next":"javascript:x"}')).toMatchObject({
      url: null,
    })
  })
  test('numbers are read in their own spelling', () => {
    expect(parse(adapter, '{"id":90071992547409931,"status":"ok"}')).toMatchObject({
      reference: '90071992547409931',
    })
    expect(parse(adapter, '\ufeff{"id":1.10,"status":"ok"}')).toMatchObject({ reference: '1.10' })
  })
  test('an approval without a reference is none', () => {
    expect(parse(adapter, '{"status":"ok"}')).toEqual({
      ...{ kind: 'unrecognised', reason: 'the answer has no reference', psp: none },
    })
    for (const id of ['""', 'null', '[1]', '{}']) {
      expect(parse(adapter, `{"id":${id},"status":"ok"}`).kind).toBe('unrecognised')
    }
  })
  test.each([
    ...[
      '',
      'ok',
      '<html>ok</html>',
      '{"id":"p1","status":"ok"',
      '[{"id":"p1","status":"ok"}]',
      'null',
      '"ok"',
    ],
    ...[
      '{"id":"p1","status":"OK"}',
      '{"id":"p1","status":["ok"]}',
      '{"id":"p1","status":"constructor"}',
    ],
    ...[
      '{"id":"p1","data":{"status":"ok"}}',
      '{"id":"p1","status":true}',
      '{"__proto__":{"id":"p1","status":"ok"}}',
    ],
  ])('%s is neither approved nor declined', (text) => {
    for (const status of [200, 201, 204, 302, 400, 404, 500, 502]) {
      expect(parse(adapter, text, status).kind).toBe('unrecognised')
    }
  })
  test('an approval needs a status of success', () => {
    for (const status of [301, 400, 402, 404, 500, 503]) {
      expect(parse(adapter, '{"id":"p1","status":"ok"}', status).kind).toBe('unrecognised')
    }
  })
  test('codes of declines are ours alone', () => {
    expect(parse(adapter, '{"status":"no","code":"constructor"}')).toMatchObject({ code: 'other' })
    expect(parse(adapter, '{"status":"no","code":"__proto__"}')).toMatchObject({ code: 'other' })
  })
  test('types: true is no text, numbers are their spelling', () => {
    const typed = reading(`answers:
  reference: $.id
  rules:
    - { kind: approved, when: { $.a: true, $.b: 1, $.c: null, $.d: ['x', 7] } }
`)
    const kind = (text: string) => parse(typed, text).kind
    expect(kind('{"id":1,"a":true,"b":1,"c":null,"d":"x"}')).toBe('approved')
    expect(kind('{"id":1,"a":true,"b":"1","c":null,"d":7}')).toBe('approved')
    expect(kind('{"id":1,"a":"true","b":1,"c":null,"d":"x"}')).toBe('unrecognised')
    expect(kind('{"id":1,"a":true,"b":1.0,"c":null,"d":"x"}')).toBe('unrecognised')
    expect(kind('{"id":1,"a":true,"b":1,"d":"x"}')).toBe('unrecognised')
  })
})

describe('selectors', () => {
  const at = (selector: string) =>
    reading(`answers:
  reference: ${JSON.stringify(selector)}
  rules: [{ kind: approved, exists: ${JSON.stringify(selector)} }]
`)
  const body = JSON.stringify({
    'a b': { c: ['x', 'y'] },
    links: [
      { rel: 'self', href: 'S' },
      { rel: 'redirect', href: 'R' },
    ],
    deep: [{ er: { id: 'D' } }],
    form: 'a=1&b=2+3&c=%C3%A9&d',
  })
  test.each([
    ["$['a b'].c[1]", 'y'],
    ["$.links[?(@.rel=='redirect')].href", 'R'],
    ["$.links[?@.rel == 'redirect'].href", 'R'],
    ['$..id', 'D'],
    ['$.form > form:b', '2 3'],
    ['$.form > form:c', 'é'],
    ['header:location', 'L'],
    ['regex:"er":\\{"id":"([A-Z])"', 'D'],
    ['request:reference', 'A1001'],
    ['request:idempotency_key', 'key-1'],
  ])('%s', (selector, value) => {
    expect(parse(at(selector), body, 200, { location: 'L' })).toMatchObject({ reference: value })
  })
  test.each([
    ...["$['a b'].c[2]", '$.links.href', '$.links[9].href', "$.links[?(@.rel=='none')].href"],
    ...[
      '$..nothing',
      '$.form > form:d',
      '$.form > form:e',
      '$.links > form:a',
      'header:other',
      'regex:(Q)',
    ],
  ])('%s finds nothing', (selector) => {
    expect(parse(at(selector), body, 200, { location: 'L' }).kind).toBe('unrecognised')
  })
  test('a field that is there twice has no value', () => {
    const adapter = reading(`answers:
  format: form
  reference: form:id
  rules: [{ kind: approved, when: { 'form:response': 1 } }]
`)
    expect(parse(adapter, 'response=1&id=7&text=100% ok').kind).toBe('approved')
    expect(parse(adapter, 'response=1&response=2&id=7').kind).toBe('unrecognised')
    expect(parse(adapter, 'id=7&x=response=1').kind).toBe('unrecognised')
  })
  test('a regular expression takes no time on an answer made to take it', () => {
    const started = performance.now()
    parse(at('regex:a*(b)'), 'a'.repeat(1_000_000))
    expect(performance.now() - started).toBeLessThan(2000)
  })
})

describe('XML', () => {
  const adapter = reading(
    `answers:
  format: xml
  reference: /Response/@id
  code: [/Response/Error/Code, //ReasonCode]
  message: /Response/Error[1]/Message
  url: "//Field[@name='url']/#text"
  rules:
    - { kind: approved, when: { /Response/Result: OK } }
    - { kind: declined, when: { "/Response/Result": ["NOK"] } }
`.replace("//Field[@name='url']/#text", "//Field[@name='url']/text()"),
  )
  test('elements, attributes, descendants', () => {
    expect(
      parse(adapter, '<?xml version="1.0"?><Response id="r1"><Result>OK</Result></Response>'),
    ).toEqual({
      ...{ kind: 'approved', reference: 'r1', psp: none },
    })
    const declined = `<Response id="r&amp;2"><Result><![CDATA[NOK]]></Result>
      <Error><Code>05</Code><Message>Do not &lt;honour&gt;</Message></Error><Error><Code>99</Code></Error></Response>`
    expect(parse(adapter, declined)).toEqual({
      ...{ kind: 'declined', code: 'other', reference: 'r&2' },
      psp: { code: '05', message: 'Do not <honour>' },
    })
    const deep =
      '<Response id="1"><Result>NOK</Result><A><B><ReasonCode>7</ReasonCode></B></A></Response>'
    expect(parse(adapter, deep).psp.code).toBe('7')
  })
  test.each([
    ...[
      '<Response id="r1"><Result>OK</Result>',
      '<Response id="r1"><Result>OK</Result></Response><x/>',
    ],
    '<!DOCTYPE r SYSTEM "file:///etc/passwd"><Response id="r1"><Result>OK</Result></Response>',
    ...[
      '<Response id="r1"><Result>ok</Result></Response>',
      '<a><Response id="r1"><Result>OK</Result></Response></a>',
    ],
    ...[
      '',
      'OK',
      '{"Response":{"@id":"r1","Result":"OK"}}',
      '<Response id="r1"><Result><b>OK</b></Result></Response>',
    ],
  ])('%s is no approval', (text) => {
    expect(parse(adapter, text).kind).toBe('unrecognised')
  })
})

describe('session', () => {
  const adapter = loadTemplate(
    changed(
      [
        'operations:',
        `session:
  method: POST
  path: /token
  headers: { accept: application/json }
  form: { grant_type: client_credentials, key: '{{credential.key}}' }
  values: { token: $.access_token }
  seconds: $.expires_in
operations:`,
      ],
      ['    json:\n', "    headers: { x-session: 'S {{session.token}}' }\n    json:\n"],
    ),
    'acme.yaml',
  )
  const session = adapter.session
  test('its request', () => {
    expect(session?.plan({ ...INTENT, extra: { more: 1 } })).toMatchObject({
      ...{ method: 'POST', path: ['/token'], headers: { accept: ['application/json'] } },
      body: { encoding: 'form', fields: { grant_type: 'client_credentials' } },
    })
  })
  test('its answer', () => {
    expect(session?.parse(answerOf(200, '{"access_token":"t","expires_in":300}'))).toEqual({
      ...{ values: { token: 't' }, seconds: 300 },
    })
    for (const text of [
      '{"access_token":"t"}',
      '{"expires_in":300}',
      '{"access_token":"t","expires_in":"x"}',
      '{"access_token":"t","expires_in":-1}',
      'x',
    ]) {
      expect(session?.parse(answerOf(200, text)) ?? null).toBeNull()
    }
    expect(
      session?.parse(answerOf(401, '{"access_token":"t","expires_in":300}')) ?? null,
    ).toBeNull()
  })
})
