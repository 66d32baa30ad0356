/**
 * @module What is said of documents that are wrong: every problem at once, each with its line, in YAML, TOML and JSON.
 */
import { describe, expect, test } from 'bun:test'
import { parse } from 'yaml'
import { loadTemplate } from '../../src/templates/load.ts'
import { PRESETS } from '../../src/templates/presets.ts'
import { readSource } from '../../src/templates/source.ts'
import { Problems } from '../../src/templates/problems.ts'
import { checkShape } from '../../src/templates/shape.ts'
import { INTENT, MINIMAL, bodyOf, changed, problemsOf } from './minimal.ts'

test('all problems are told at once, in the order of the lines', () => {
  const wrong = changed(
    ['id: acme', 'id: Acme'],
    ['secret: true }', 'secret: maybe }'],
    ['method: POST', 'method: SEND'],
    ['path: /pay', 'path: pay'],
    ['docs: https://acme.example/docs\n', ''],
  )
  expect(problemsOf(wrong)).toEqual([
    "acme.yaml:1: docs: is missing: the URL of the vendor's pages",
    'acme.yaml:2: id: is not a lower-case name',
    'acme.yaml:7: credentials.key.secret: is not true or false',
    'acme.yaml:15: operations.purchase.method: is not one of GET, POST, PUT, PATCH, DELETE',
    'acme.yaml:16: operations.purchase.path: is not a path that begins with /',
  ])
})

describe('placeholders', () => {
  const wrong: readonly (readonly [string, string])[] = [
    [
      '{{card.pan}}',
      '{{card.pan}}: after card. comes one of number, cvc, exp_month, exp_year, holder',
    ],
    ['{{credential.other}}', '{{credential.other}}: after credential. comes one of key, account'],
    ['{{option.none}}', '{{option.none}}: after option. comes one of flow'],
    ['{{derived.x}}', '{{derived.x}}: the document declares no derived'],
    ['{{session.x}}', '{{session.x}}: the document declares no session'],
    ['{{reference.x}}', '{{reference.x}}: the document declares no reference'],
    [
      '{{nothing.at.all}}',
      '{{nothing.at.all}} is none of card.., credential.., session.., derived.., intent.., reference.., option.., now.., id..',
    ],
    ['{{card}}', '{{card}} is none of'],
    ['{{}}', '{{}} is none of'],
    ['{{card.number', 'has {{ or }} without the other'],
    ['card.number}}', 'has {{ or }} without the other'],
    ['{{card.number | upper}}', '{{card.number | upper}}: upper is no filter here; there is none'],
    [
      '{{card.exp_month | yy}}',
      '{{card.exp_month | yy}}: yy is no filter here; there are mm, number',
    ],
    [
      '{{intent.reference | base64}}',
      'base64 is no filter here; there are text, number, lower, upper',
    ],
    ['{{intent.reference | default x}}', 'default wants a text in quotes, a number, true or false'],
    ['{{card.number | default 1}}', 'only intent.. and option.. can have a default'],
    [
      '{{now.never}}',
      '{{now.never}}: after now. comes one of seconds, ms, iso, iso_ms, compact, date',
    ],
  ]
  test.each(wrong)('%s', (text, message) => {
    const found = problemsOf(changed(["'{{card.number}}'", `'${text}'`]))
    expect(found).toHaveLength(1)
    expect(found[0]).toStartWith('acme.yaml:20: operations.purchase.json.card: ')
    expect(found[0]).toContain(message)
  })

  test('a card has no place in headers of every request, nor in the session step', () => {
    expect(problemsOf(changed(['Bearer {{credential.key}}', '{{card.number}}']))).toEqual([
      'acme.yaml:13: headers.authorization: {{card.number}} has no value in the headers of every request',
    ])
    const session = `session:
  method: POST
  path: /token
  form: { pan: '{{card.number}}' }
  values: { token: $.token }
  seconds: 60
operations:`
    expect(problemsOf(changed(['operations:', session]))).toEqual([
      'acme.yaml:17: session.form.pan: {{card.number}} has no value in the session step',
    ])
  })
})

describe('requests, signatures, hosts', () => {
  const wrong: readonly (readonly [string, readonly (readonly [string, string])[], string])[] = [
    [
      'two bodies',
      [['    json:', '    form: { a: 1 }\n    json:']],
      '15: operations.purchase: has more than one of json, form and xml',
    ],
    [
      'a GET with a body',
      [['method: POST', 'method: GET']],
      '15: operations.purchase: is a GET with a body',
    ],
    [
      'a query in the path',
      [['path: /pay', 'path: /pay?x=1']],
      '17: operations.purchase.path: has a ?, #, //, . or space in it',
    ],
    [
      'a path that climbs',
      [['path: /pay', 'path: /a/../pay']],
      '17: operations.purchase.path: has a ?, #, //, . or space in it',
    ],
    [
      'a choice by a card',
      [["card: '{{card.number}}'", "card: { '{{card.number}}': { a: 1 } }"]],
      'only intent.operation, intent.mode and option.. choose',
    ],
    [
      'a choice there is not',
      [["card: '{{card.number}}'", "card: { '{{option.flow}}': { other: 1 } }"]],
      'operations.purchase.json.card.{{option.flow}}.other: is none of direct, hosted',
    ],
    [
      'a choice beside fields',
      [["card: '{{card.number}}'", "card: { '{{option.flow}}': { direct: 1 }, b: 2 }"]],
      'is a choice, which stands alone in its table',
    ],
    ['http', [['live: https:', 'live: http:']], '6: hosts.live: is not https:// and a host'],
    [
      'a secret in the host',
      [['live: https://api.acme.example', "live: 'https://{key}.acme.example'"]],
      '6: hosts.live: {key} is no declared credential that is not secret',
    ],
    [
      'a host with a path',
      [['https://api.acme.example', 'https://api.acme.example/v1']],
      '6: hosts.live: is not https:// and a host',
    ],
    [
      'a scheme there is not',
      [['operations:', 'sign: { scheme: rot13 }\noperations:']],
      '14: sign: sign: scheme is none of basic, bearer',
    ],
    [
      'parameters of a scheme',
      [
        [
          'operations:',
          "sign: { scheme: hmac, key: none, message: '{nobody}', algorithm: md6 }\noperations:",
        ],
      ],
      '14: sign: ',
    ],
    [
      'double braces in a scheme',
      [
        [
          'operations:',
          "sign: { scheme: hmac, key: key, message: '{{body}}', header: x }\noperations:",
        ],
      ],
      '14: sign: ',
    ],
    [
      'a credential of a scheme',
      [['operations:', 'sign: { scheme: bearer, token: other }\noperations:']],
      '14: sign: wants the credential other, which is not declared',
    ],
    [
      'an unknown cipher',
      [['operations:', 'derived: { x: { encrypt: rc4, key: key, text: a } }\noperations:']],
      'derived.x.encrypt: is none of rsa-pkcs1, rsa-oaep-sha1',
    ],
    [
      'no operations',
      [[MINIMAL.slice(MINIMAL.indexOf('  purchase:'), MINIMAL.indexOf('answers:')), '  {}\n']],
      'operations: there is none',
    ],
    [
      'an operation there is not',
      [['  purchase:', '  sell:']],
      '15: operations.sell: is not known here',
    ],
    [
      'a member there is not',
      [['name: Acme', 'name: Acme\nnames: [x]']],
      '4: names: is not known here',
    ],
    [
      'another version',
      [['template: 1', 'template: 2']],
      '1: template: is not 1, the version of the language',
    ],
    [
      'an idempotency key in two places',
      [['operations:', 'idempotency: { header: a, field: b }\noperations:']],
      '14: idempotency: is in a header or a field, not in both',
    ],
  ]
  test.each(wrong)('%s', (_, pairs, message) => {
    expect(problemsOf(changed(...pairs)).join('\n')).toContain(message)
  })
})

describe('answers', () => {
  const wrong: readonly (readonly [string, readonly (readonly [string, string])[], string])[] = [
    [
      'XPath in JSON',
      [['reference: $.id', 'reference: /id']],
      '22: answers.reference: /id: answers are json, so it begins with $',
    ],
    [
      'no selector',
      [['code: $.code', 'code: code']],
      'answers.code: code is no selector: begin with $, /, form:, header: or regex:',
    ],
    [
      'JSONPath that is not in the subset',
      [['code: $.code', 'code: $.a[*].b']],
      '$.a[*].b cannot be read from [*].b',
    ],
    [
      'a code of nothing',
      [['kind: approved,', 'kind: approved, code: credentials,']],
      'answers.rules.1.code: of approved is none',
    ],
    [
      'a refusal without a code',
      [[', code: credentials', '']],
      'answers.rules.4: refused wants a code: credentials, request, rate, unavailable',
    ],
    [
      'approval by status alone',
      [['kind: approved, when: { $.status: ok }', 'kind: approved, status: 200']],
      'answers.rules.1: approved wants more than a status: say what is in the answer',
    ],
    [
      'a status that is none',
      [['status: 401', 'status: 99']],
      'answers.rules.4.status: is no HTTP status such as 402',
    ],
    [
      'a range backwards',
      [['status: 401', 'status: 499-400']],
      'answers.rules.4.status: is no HTTP status',
    ],
    [
      'a decline there is not',
      [['insufficient_funds: ', 'no_money: ']],
      'answers.declines.no_money: is none of do_not_honor',
    ],
    [
      'a code for two declines',
      [["['51'] }", "['51'], expired_card: [51] }"]],
      'answers.declines.expired_card: 51 is there twice',
    ],
    [
      'a regular expression that repeats a group',
      [['$.status: ok', "$.status: '/(a+)+/'"]],
      '/(a+)+/ repeats a group',
    ],
    [
      'one that repeats two things',
      [['$.status: ok', "$.status: '/a+b+/'"]],
      '/a+b+/ repeats more than one thing without a fixed number',
    ],
    ['one that looks around', [['$.status: ok', "$.status: '/(?=a)/'"]], '/(?=a)/ looks around'],
    [
      'one that refers back',
      [['$.status: ok', String.raw`$.status: '/(a)\1/'`]],
      'refers back to what it found',
    ],
    ['one that is none', [['$.status: ok', "$.status: '/(/'"]], '/(/ is no regular expression'],
    [
      'one without a group',
      [['code: $.code', "code: 'regex:abc'"]],
      '/abc/ wants one group, which is the value',
    ],
  ]
  test.each(wrong)('%s', (_, pairs, message) => {
    expect(problemsOf(changed(...pairs)).join('\n')).toContain(message)
  })
})

describe('text that is not well-formed', () => {
  test('YAML', () => {
    expect(problemsOf('template: 1\nid: [a\nname: b\n')).toEqual([
      expect.stringMatching(/^acme\.yaml:3: /),
    ])
    expect(problemsOf('a: 1\na: 2\n')[0]).toBe('acme.yaml:2: Map keys must be unique')
    expect(problemsOf('a: !!js/function x\n')[0]).toStartWith('acme.yaml:1: Unresolved tag')
  })
  test('YAML that grows', () => {
    const bomb = `a: &a [1]\n${Array.from(
      { length: 8 },
      (_, i) =>
        `b${i}: &b${i} [${Array(9)
          .fill(i ? `*b${i - 1}` : '*a')
          .join(', ')}]`,
    ).join('\n')}\n`
    expect(problemsOf(bomb)).toEqual(['acme.yaml:1: more than 100 aliases'])
  })
  test('TOML', () => {
    expect(problemsOf('template = 1\nid = acme\n', 'acme.toml')[0]).toStartWith('acme.toml:2: ')
  })
  test('JSON', () => {
    expect(problemsOf('{\n  "template": 1,\n  "id": }', 'acme.json')[0]).toStartWith(
      'acme.json:3: ',
    )
    expect(problemsOf('{"a": 1, "a": 2}', 'acme.json')[0]).toContain('a key is repeated')
  })
  test('another kind of file', () => {
    expect(problemsOf('', 'acme.txt')[0]).toBe(
      'acme.txt:1: the name ends in none of .yaml, .yml, .toml, .json',
    )
  })
})

describe('the same document in three languages', () => {
  const value = parse(MINIMAL)
  const json = JSON.stringify(value, null, 2)
  const toml = `template = 1
id = "acme"
name = "Acme"
docs = "https://acme.example/docs"
api_version = "1"
hosts = { live = "https://api.acme.example", sandbox = "https://test.acme.example" }

[credentials]
key = { label = "Key", secret = true }
account = { label = "Account", secret = false }

[options]
flow = { label = "Flow", choices = ["direct", "hosted"] }

[headers]
authorization = "Bearer {{credential.key}}"

[operations.purchase]
method = "POST"
path = "/pay"
json = { amount = "{{intent.amount.minor}}", card = "{{card.number}}" }

[answers]
reference = "$.id"
code = "$.code"
message = "$.message"
url = "$.next"
declines = { insufficient_funds = ["51"] }

[[answers.rules]]
kind = "approved"
when = { "$.status" = "ok" }

[[answers.rules]]
kind = "action_required"
when = { "$.status" = "next" }

[[answers.rules]]
kind = "declined"
when = { "$.status" = "no" }

[[answers.rules]]
kind = "refused"
status = 401
code = "credentials"
`
  test.each([
    ['acme.yaml', MINIMAL],
    ['acme.json', json],
    ['acme.toml', toml],
  ])('%s', (file, text) => {
    expect(readSource(text, file).value).toEqual(value)
    const adapter = loadTemplate(text, file)
    expect(bodyOf(adapter)).toBe('{"amount":1999,"card":"4242424242424242"}')
    expect(adapter.operations.purchase?.build(INTENT)).toEqual(
      loadTemplate(MINIMAL, 'acme.yaml').operations.purchase?.build(INTENT),
    )
  })
  test('lines of TOML and JSON', () => {
    const bad = '{{card.pan}}'
    expect(problemsOf(toml.replace('{{card.number}}', bad), 'acme.toml')[0]).toStartWith(
      'acme.toml:21: operations.purchase.json.card: ',
    )
    const line = json.split('\n').findIndex((one) => one.includes('{{card.number}}')) + 1
    expect(problemsOf(json.replace('{{card.number}}', bad), 'acme.json')[0]).toStartWith(
      `acme.json:${line}: `,
    )
  })
  test('a line behind an alias or a merge is where it is written', () => {
    const merged = changed([
      'options:',
      "x: &x { method: POST, path: /pay, json: { a: '{{card.pan}}' } }\noptions:",
    ]).replace(/  purchase:[\s\S]*?answers:/, '  purchase: { <<: *x }\nanswers:')
    expect(problemsOf(merged)).toContain('acme.yaml:10: x: is not known here')
  })
})

describe('presets', () => {
  test.each(Object.entries(PRESETS))(
    '%s has its shape, and both parsers agree on it',
    (id, text) => {
      const { value, lineOf } = readSource(text, `${id}.yaml`)
      const problems = new Problems(lineOf)
      expect(checkShape(value, problems)).not.toBeNull()
      expect(problems.found).toEqual([])
      // Their order, too: it is that of the request.
      expect(JSON.stringify(Bun.YAML.parse(text))).toBe(JSON.stringify(value))
      expect(loadTemplate(text, `${id}.yaml`).id).toBe(id)
    },
  )
})

test('which answers are signed is said of answers alone, by the name of a field', () => {
  const verify = (only_with: string) =>
    `verify: { scheme: hmac, header: x, secret: key, message: '{body}', only_with: ${only_with} }`
  const answers = (only_with: string) =>
    changed(['operations:', `${verify(only_with)}\noperations:`])
  expect(problemsOf(answers('result'))).toEqual([])
  expect(problemsOf(answers('7'))).toEqual([
    'acme.yaml:14: verify: hmac: only_with is not the name of a field',
  ])
  const notification = changed([
    'operations:',
    `notification:\n  ${verify('result')}\n  accepted: { status: 200 }\n  refused: { status: 401 }\noperations:`,
  ])
  expect(problemsOf(notification)).toEqual([
    expect.stringMatching(/^acme\.yaml:15: notification\.verify: hmac: only_with is unknown/),
  ])
  expect(problemsOf(changed(['  url: $.next\n', '  url: $.next\n  form: form:x\n']))).toEqual([
    expect.stringMatching(/^acme\.yaml:\d+: answers\.form: /),
  ])
})
