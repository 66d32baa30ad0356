/** @module The native grammar: what placeholders mean, and how wrong ones are refused. */
import { describe, expect, test } from 'bun:test'
import { asHole } from '../../src/hole.ts'
import { FIELDS, INSTRUMENTS, nativeGrammar } from '../../src/template/native.ts'
import { thrown } from './render.ts'

const grammar = nativeGrammar(['payer', 'merchant_2'])

function only(text: string) {
  const found = grammar.find(text, 'body.x')
  expect(found).toHaveLength(1)
  const [one] = found
  if (!one) throw new Error('nothing found')
  return one
}

function holeIn(text: string) {
  const one = only(text)
  const value = 'hole' in one ? asHole(one.hole) : null
  if (!value) throw new Error('no hole')
  return value
}

describe('meaning', () => {
  test.each([
    ['{{ card.number }}', '', 'card', 'number'],
    ['{{card.exp_month}}', '', 'card', 'exp_month'],
    ['{{\n\tcard.cvc\t}}', '', 'card', 'cvc'],
    ['{{ bank_account.routing_number }}', '', 'bank_account', 'routing_number'],
    ['{{ virtual_card.number }}', '', 'virtual_card', 'number'],
    ['{{ network_token.cryptogram }}', '', 'network_token', 'cryptogram'],
    ['{{ payer.number }}', 'payer', 'card', 'number'],
    ['{{ payer.card.number }}', 'payer', 'card', 'number'],
    ['{{ payer.virtual_card.cvc }}', 'payer', 'virtual_card', 'cvc'],
    ['{{ payer.bank_account.account_number }}', 'payer', 'bank_account', 'account_number'],
    ['{{ payer.account_number }}', 'payer', 'bank_account', 'account_number'],
    ['{{ merchant_2.eci }}', 'merchant_2', 'network_token', 'eci'],
  ])('%s', (text, token, instrument, field) => {
    expect(holeIn(text).source).toMatchObject({ from: 'token', token, instrument, field })
  })

  test('every field of the table works on every instrument that has it', () => {
    for (const [field, { on }] of Object.entries(FIELDS)) {
      for (const instrument of on) {
        expect(holeIn(`{{ ${instrument}.${field} }}`).source).toMatchObject({ instrument, field })
      }
      for (const instrument of Object.keys(INSTRUMENTS).filter(
        (name) => !on.some((n) => n === name),
      )) {
        thrown('invalid_template', () => grammar.find(`{{ ${instrument}.${field} }}`, 'b'))
      }
    }
  })

  test('labels are in one spelling', () => {
    expect(holeIn('{{card.number}}').label).toBe('{{ card.number }}')
    expect(holeIn(`{{card.number|pad_left:20,"0"|append :"it's"}}`).label).toBe(
      `{{ card.number | pad_left: 20, '0' | append: "it's" }}`,
    )
  })

  test('labels can stand in a header, whatever the arguments hold', () => {
    expect(holeIn("{{ card.holder | replace: '\n', '李😀' }}").label).toBe(
      "{{ card.holder | replace: '?', '???' }}",
    )
  })

  test('finds several, with their offsets, and none where there is no opener', () => {
    const text = 'a {{ card.number }}{{card.cvc}} } { b'
    const spans = grammar.find(text, 'x').map(({ start, end }) => text.slice(start, end))
    expect(spans).toEqual(['{{ card.number }}', '{{card.cvc}}'])
    expect(grammar.find('plain { } text', 'x')).toHaveLength(0)
    expect(grammar.find('plain', 'x')).toBe(grammar.find('', 'x'))
  })

  test('a quoted text stands for itself', () => {
    expect(only("{{ '{{' }}")).toMatchObject({ start: 0, end: 10, literal: '{{' })
    expect(only('{{ "}} | it\'s" }}')).toMatchObject({ literal: "}} | it's" })
    expect(only("{{ '5' | number }}")).toMatchObject({ literal: 5 })
    expect(only("{{ '' }}")).toMatchObject({ literal: '' })
  })

  test('quoted arguments may hold braces and bars', () => {
    const text = "{{ card.number | prepend: '}} | x' }} tail"
    expect(only(text).end).toBe(text.length - ' tail'.length)
  })
})

describe('refusals', () => {
  test.each([
    '{{ card.numbr }}',
    '{{ card }}',
    '{{ number }}',
    '{{ }}',
    '{{}}',
    '{{ card. }}',
    '{{ .number }}',
    '{{ card..number }}',
    '{{ Card.number }}',
    '{{ card.number.x }}',
    '{{ card.bank_account.account_number }}',
    '{{ stranger.number }}',
    '{{ payer }}',
    '{{ payer.payer.number }}',
    '{{ payer.card }}',
    '{{ card.__proto__ }}',
    '{{ card.constructor }}',
    '{{ __proto__.number }}',
    '{{ card number }}',
    '{{ card.number | }}',
    '{{ card.number | nope }}',
    '{{ card.number | last4: }}',
    '{{ card.number | last4: 1 }}',
    '{{ card.number | first: x }}',
    '{{ card.number | first: - }}',
    '{{ card.number | first: 1.5 }}',
    '{{ card.number | first 4 }}',
    '{{ card.number | first: 4, }}',
    '{{ card.number || last4 }}',
    "{{ 'a' 'b' }}",
    '{{{ card.number }}}',
    '{{ 1 + 1 }}',
    '{{ card.number | constructor }}',
    `{{ card.number ${'| trim '.repeat(17)}}}`,
    '{{{{ card.number }}}}',
  ])('%s', (text) => {
    const error = thrown('invalid_template', () =>
      grammar.find(`x ${text} y`, 'request.body.source.number'),
    )
    expect(error.param).toBe('request.body.source.number')
    expect(error.template).toStartWith(text.slice(0, 8))
    expect(error.message).toContain('request.body.source.number')
  })

  test.each([
    '{{',
    '{{ card.number',
    '{{ card.number }',
    '{{ card.number | last4',
    "{{ 'abc }}",
    '{{ card.number | append: "x }}',
    '}} {{',
  ])('unclosed %s', (text) => {
    const error = thrown('invalid_template', () => grammar.find(text, 'p'))
    expect(error.message).toContain('not closed')
  })

  test('name the placeholder as written, and say what there is', () => {
    const field = thrown('invalid_template', () =>
      grammar.find('{{  card.numbr | last4}}', 'body.n'),
    )
    expect(field.template).toBe('{{  card.numbr | last4}}')
    expect(field.hint).toContain('exp_month')
    const filter = thrown('invalid_template', () =>
      grammar.find('{{ card.number | lst4 }}', 'body.n'),
    )
    expect(filter.hint).toContain('last4')
    const args = thrown('invalid_template', () =>
      grammar.find('{{ card.number | first }}', 'body.n'),
    )
    expect(args.hint).toContain('first: n')
    const name = thrown('invalid_template', () => grammar.find('{{ stranger.number }}', 'body.n'))
    expect(name.hint).toContain('payer')
  })

  test('never repeat a card number that stands in a placeholder, or a path', () => {
    const numbers = ['4242424242424242', '4242 4242 4242 4242', '4242-4242-4242-4242']
    for (const text of [...numbers.map((n) => `{{ ${n} }}`), ...numbers.map((n) => `{{ ${n}`)]) {
      const error = thrown('invalid_template', () => grammar.find(text, 'body.4242424242424242'))
      expect(JSON.stringify([error.message, error.template, error.param])).not.toMatch(/4242.?4242/)
    }
    const long = thrown('invalid_template', () => grammar.find(`{{ ${'x'.repeat(5000)} }}`, 'b'))
    expect(long.message.length).toBeLessThan(300)
    const lines = thrown('invalid_template', () =>
      grammar.find('{{ card.number }\ncvc=737 }}', 'b'),
    )
    expect(lines.message).not.toContain('737')
  })

  test('names of tokens that no placeholder could use', () => {
    for (const name of ['card', 'bank_account', '', 'a.b', 'a b', '1a', 'a-b', '__proto__.x']) {
      thrown('invalid_request', () => nativeGrammar([name]))
    }
  })
})

test('a megabyte of openers is read in linear time', () => {
  for (const text of [
    '{{'.repeat(500_000),
    `{{ ${'|'.repeat(1_000_000)}`,
    `{{ ${' '.repeat(1_000_000)}`,
    "{{'".repeat(300_000),
  ]) {
    const start = performance.now()
    thrown('invalid_template', () => grammar.find(text, 'b'))
    expect(performance.now() - start).toBeLessThan(500)
  }
})
