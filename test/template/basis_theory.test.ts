/** @module Both grammars of Basis Theory: what is found, what it stands for, and documents with random values in them. */
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Json, Template } from '../../src/adapter.ts'
import { asHole, type FilterValue, type HoleValue } from '../../src/hole.ts'
import { basisTheoryGrammar } from '../../src/template/basis_theory.ts'
import { basisTheoryAiGrammar } from '../../src/template/basis_theory_ai.ts'
import { escapeValue } from '../../src/template/escape.ts'
import { applyFilters } from '../../src/template/filters.ts'
import { compileForm } from '../../src/template/form.ts'
import type { Grammar } from '../../src/template/grammar.ts'
import { compileJson } from '../../src/template/json.ts'
import { compilePlain } from '../../src/template/text.ts'
import { compileXml } from '../../src/template/xml.ts'
import { thrown } from './render.ts'
import { readXml } from './xml-oracle.ts'

const CARD = { number: '4242424242424242', expiration_month: 3, expiration_year: 2034 }

/** Tokens by their ids, as the core shows them to the first filter. */
const TOKENS: Readonly<Record<string, Json>> = {
  card: { id: 'card', type: 'card', metadata: { name: 'Ann' }, data: CARD },
  text: { id: 'text', type: 'token', data: 'a "b" & <c> {{ card }} \\ \u00e9' },
  number: { id: 'number', type: 'token', data: 42 },
  nested: { id: 'nested', type: 'token', data: { data: { number: 'inner' } } },
}

function holesOf(grammar: Grammar, text: string): readonly HoleValue[] {
  return grammar.find(text, 'body.a').flatMap((found) => {
    const hole = 'hole' in found ? asHole(found.hole) : null
    return hole ? [hole] : []
  })
}

function valueOf({ source, filters, label }: HoleValue, tokens = TOKENS): FilterValue {
  const name = 'token' in source ? source.token : ''
  return applyFilters(tokens[name] ?? null, filters, label)
}

/** As the core does, with values that may be missing. */
function render(template: Template, tokens = TOKENS): string {
  const parts = template.map((part) => {
    if (typeof part === 'string') return part
    const hole = asHole(part.hole)
    if (!hole) throw new Error('a slot without a hole')
    const value = valueOf(hole, tokens)
    const shown = value === null && part.escape !== 'json-value' ? '' : value
    return escapeValue(shown, part.escape, hole.label)
  })
  return parts.join('')
}

const json = (source: string) => render(compileJson(source, basisTheoryGrammar, 'body'))

describe('the classic grammar', () => {
  test.each([
    ['{"a":"{{ card }}"}', { a: CARD }],
    ['{"a":"{{token: card}}"}', { a: TOKENS['card'] ?? null }],
    ['{"a":"{{card | json: \'$.number\'}}"}', { a: CARD.number }],
    ['{"a":"{{ token:card | json: \'$.data.number\' }}"}', { a: CARD.number }],
    ['{"a":"{{ card | json: \'$.data.number\' }}"}', { a: CARD.number }],
    ['{"a":"{{ card | json: \'$.data\' }}"}', { a: CARD }],
    ['{"a":"{{ nested | json: \'$.data.number\' }}"}', { a: 'inner' }],
    ['{"a":"{{ token: card | json: \'$.metadata.name\' }}"}', { a: 'Ann' }],
    ['{"a":"{{ card | json: \'$.metadata.name\' }}"}', { a: null }],
    ['{"a":"{{ card | json: \'$.expiration_month\' }}"}', { a: '3' }],
    ['{"a":"{{ card | json: \'$.expiration_month\' | to_number }}"}', { a: 3 }],
    ['{"a":"{{ number }}"}', { a: '42' }],
    ['{"a":"{{ number | to_number | plus: 1 }}"}', { a: 43 }],
    ['{"a":"[{{ card | json: \'$.cvc\' }}]"}', { a: '[]' }],
    ['{"a":"{{ card | json: \'$.cvc\' }}"}', { a: null }],
    ['{"a":"{{ card | json: \'$.cvc\' | default: \'000\' }}"}', { a: '000' }],
    [
      '{"a":"{{ card | json: \'$.number\' | append: \'}} | {{\' }}"}',
      { a: `${CARD.number}}} | {{` },
    ],
    ['{"a":"{{ \'{{ card }}\' }}"}', { a: '{{ card }}' }],
    ['{"a":"{{ text }}"}', { a: 'a "b" & <c> {{ card }} \\ \u00e9' }],
    ['{"a":"{% raw %} { { card } }"}', { a: '{% raw %} { { card } }' }],
  ])('%s', (source, wanted) => expect(JSON.parse(json(source))).toEqual(wanted))

  test.each([
    ['{{ card', 'the expression is not closed'],
    ['{{ }}', 'it names no token'],
    ['{{ a }}', 'it names no token'],
    ['{{ token: }}', 'it names no token'],
    ['{{ a/b }}', 'it names no token'],
    ['{{ ab\u0001cd }}', 'it names no token'],
    ['{{ card | nope }}', 'there is no such filter'],
    ['{{ card | upcase upcase }}', 'it is not a chain of Liquid filters'],
    ["{{ card | json: 'x' }}", 'the JSONPath is malformed'],
    ["{{ token_intent: x | json: '$.data' }}", 'token intents are not supported'],
    ['{{ encrypted }}', 'encrypted values'],
    ["{{ encrypted.card | json: '$.data' }}", 'encrypted values'],
    ['{{ config: api_key }}', 'pre-configured proxies'],
    ["{{ proxy | json: '$.request' }}", 'proxy expressions'],
    ['{{ proxy.request.body }}', 'proxy expressions'],
    [`{{ card | append: '${'x'.repeat(5000)}' }}`, 'the expression is not closed'],
  ])('%.60s is refused', (text, why) => {
    const error = thrown('invalid_template', () => basisTheoryGrammar.find(text, 'body.a'))
    expect(error.message).toContain(why)
    expect(error.param).toBe('body.a')
  })

  test('an id may begin with the name of something else', () => {
    const ids = ['proxy-7', 'config-7', 'encrypted_7', 'token_intents', 'order 17: Zo\u00eb']
    for (const id of ids) {
      expect(holesOf(basisTheoryGrammar, `{{ ${id} }}`).map(({ source }) => source)).toEqual([
        { from: 'record', token: id, leaf: null },
      ])
    }
  })

  test('the label is for the record: no key of a signature, nothing a header cannot hold', () => {
    const [hole] = holesOf(
      basisTheoryGrammar,
      "{{token:card|json:'$.data.cvc'|append:'\u0001李'|hmac:'sha-256','s3cret'|to_base16}}",
    )
    expect(hole?.label).toBe(
      "{{ token: card | json: '$.data.cvc' | append: '??' | hmac: 'sha-256', [secret] | to_base16 }}",
    )
    expect(hole?.source).toEqual({ from: 'record', token: 'card', leaf: 'cvc' })
    const [other] = holesOf(basisTheoryGrammar, '{{ 李李李 }}')
    expect([other?.label, other?.source]).toEqual([
      '{{ ??? }}',
      { from: 'record', token: '李李李', leaf: null },
    ])
  })

  test('a value that is an expression stays a text', () => {
    const tokens = { evil: { data: "{{ card | json: '$.number' }}" }, card: TOKENS['card'] ?? null }
    const template = compileJson('{"a":"{{ evil }}-"}', basisTheoryGrammar, 'body')
    expect(render(template, tokens)).toBe('{"a":"{{ card | json: \'$.number\' }}-"}')
  })
})

describe('the grammar of the AI proxy', () => {
  test.each([
    ["{{ paymentMethod: tok_1 | json: '$.number' }}", 'card', 'number'],
    ["{{ paymentMethod: tok_1 | type: 'pan' | json: '$..number' }}", 'card', 'number'],
    ["{{paymentMethod:tok_1|type:'pan'|json:'$.cvc'}}", 'card', 'cvc'],
    [
      "{{ paymentMethod: tok_1 | type: 'virtualCard' | json: '$.card.cvc' }}",
      'virtual_card',
      'cvc',
    ],
    [
      "{{ paymentMethod: tok_1 | type: 'virtual-card' | json: '$.expirationMonth' }}",
      'virtual_card',
      'exp_month',
    ],
    [
      '{{ paymentMethod: tok_1 | json: "$.token.cryptogram" | type: "networkToken" }}',
      'network_token',
      'cryptogram',
    ],
    [
      "{{ paymentMethod: tok_1 | type: 'network-token' | json: '$.token.expirationYear' }}",
      'network_token',
      'exp_year',
    ],
  ] as const)('%s', (text, instrument, field) => {
    const source = { from: 'token', token: 'tok_1', instrument, field } as const
    expect(holesOf(basisTheoryAiGrammar, text).map((hole) => hole.source)).toEqual([source])
  })

  test.each([
    ['{{ card.number }}', 'malformed'],
    ['{{ paymentMethod: tok_1 }}', 'malformed'],
    ["{{ paymentMethod: tok_1 | type: 'pan' }}", 'malformed'],
    ["{{ paymentMethod: | json: '$.number' }}", 'malformed'],
    ["{{ paymentMethod: tok_1 | json: '$.number' | upcase }}", 'malformed'],
    ["{{ paymentMethod: tok_1 | json: '$.number' | json: '$.cvc' }}", 'malformed'],
    ["{{ paymentMethod: tok_1 | json: '$.number', 'x' }}", 'malformed'],
    ['{{ paymentMethod: tok_1 | json: 5 }}', 'malformed'],
    ["{{ paymentMethod: tok_1 | json: '$.number'", 'malformed'],
    ["{{ paymentMethod: tok_1 | type: 'Pan' | json: '$.number' }}", 'no such credential type'],
    ["{{ paymentMethod: tok_1 | json: '$.constructor' }}", 'no such value'],
    ["{{ paymentMethod: tok_1 | json: '$.card.card.number' }}", 'no such value'],
    ["{{ paymentMethod: tok_1 | type: 'pan' | json: '$.cryptogram' }}", 'no such value'],
    ["{{ paymentMethod: tok_1 | type: 'networkToken' | json: '$.cvc' }}", 'no such value'],
  ])('%s is refused', (text, why) => {
    const error = thrown('invalid_template', () => basisTheoryAiGrammar.find(text, 'body.a'))
    expect(error.message).toContain(why)
    expect(error.template).toBe(text.endsWith('}}') ? text : error.template)
  })
})

describe('random documents', () => {
  const nasty = fc.oneof(
    fc.constantFrom(
      '{{ card }}',
      '"},{"x":"',
      '</a><b>',
      ']]>',
      'a=b&c=d',
      "'",
      '\\',
      '',
      '}}',
      '%41+',
    ),
    fc.string({ unit: 'grapheme' }),
  )
  const text = fc.stringMatching(/^[^{}\\"]{0,12}$/)
  const EXPRESSION = "{{ token: own | json: '$.data.v' }}"
  const tokensOf = (v: Json): Readonly<Record<string, Json>> => ({ own: { data: { v } } })
  const compiled = (source: string, kind: typeof compileJson) =>
    kind(source, basisTheoryGrammar, 'body')

  test('JSON: the value where it was meant, escaped, and the rest as it was', () => {
    fc.assert(
      fc.property(nasty, text, text, (value, before, after) => {
        const source = JSON.stringify({
          [`k${before}`]: before + EXPRESSION + after,
          whole: EXPRESSION,
        })
        const sent = render(compiled(source, compileJson), tokensOf(value))
        expect(JSON.parse(sent)).toEqual({ [`k${before}`]: before + value + after, whole: value })
      }),
    )
  })

  test('JSON: any value in place of a whole string', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const sent = render(compiled(`{"a":"${EXPRESSION}"}`, compileJson), tokensOf(value as Json))
        const scalar = typeof value === 'number' || typeof value === 'boolean'
        expect(JSON.parse(sent)).toEqual({
          a: scalar ? String(value) : JSON.parse(JSON.stringify(value)),
        })
      }),
    )
  })

  test('forms: the value decodes to what it is', () => {
    fc.assert(
      fc.property(nasty, text, fc.boolean(), (value, other, encoded) => {
        const spelled = encoded ? encodeURIComponent(EXPRESSION) : EXPRESSION.replaceAll(' ', '+')
        const rest = `b=${encodeURIComponent(other)}&b=2`
        const sent = render(compiled(`a=x${spelled}&${rest}`, compileForm), tokensOf(value))
        expect(new URLSearchParams(sent).get('a')).toBe(`x${value}`)
        expect(sent.endsWith(`&${rest}`)).toBe(true)
      }),
    )
  })

  test('XML: the value is text, whatever it holds', () => {
    const forXml = (value: string) =>
      value.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    fc.assert(
      fc.property(nasty.map(forXml), (value) => {
        const source = `<a n="${EXPRESSION}">x<![CDATA[${EXPRESSION}]]></a>`
        const sent = render(compiled(source, compileXml), tokensOf(value))
        const events = readXml(sent)
        const inner = events.flatMap(([kind, text]) => (kind === 'text' ? [text] : []))
        expect([events[0], inner.join('')]).toEqual([['open', 'a', { n: value }], `x${value}`])
      }),
    )
  })

  test('text: found wherever it stands', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const sent = render(
          compilePlain(before + EXPRESSION + after, basisTheoryGrammar, 'body'),
          tokensOf('V'),
        )
        expect(sent).toBe(`${before}V${after}`)
      }),
    )
  })
})
