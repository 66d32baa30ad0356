/** @module Ozura's placeholders in random JSON, forms and XML: what the PSP parses is what was meant, whatever the values hold. */
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { compileForm } from '../../src/template/form.ts'
import { compileJson } from '../../src/template/json.ts'
import { OZURA_NAMES, OZURA_WORDS, ozuraGrammar } from '../../src/template/ozura.ts'
import { compileXml } from '../../src/template/xml.ts'
import { render, type Values } from './render.ts'
import { readXml } from './xml-oracle.ts'

/** Stored values that would break out anywhere, and that look like placeholders themselves. */
const value = fc.oneof(
  fc.constantFrom('${cardNumber}', 'cvvPlaceholder', '"}&<a>]]>', "%24%7B'\\", 'é李😀', '4242'),
  fc.string({ unit: 'grapheme', minLength: 1 }),
)
const values = fc.record({
  '.card.number': value,
  '.card.exp_month': fc.constantFrom('01', '12'),
  '.card.exp_year': fc.constantFrom('2030', '2034'),
  '.card.cvc': fc.constantFrom('123', '0007'),
  '.bank_account.account_number': value,
  '.bank_account.routing_number': value,
})

const FIELDS: Readonly<Record<string, (given: Values) => unknown>> = {
  cardNumber: (given) => given['.card.number'],
  expirationMonth: (given) => given['.card.exp_month'],
  expirationYear: (given) => given['.card.exp_year'],
  cvv: (given) => given['.card.cvc'],
  cvc: (given) => given['.card.cvc'],
  accountNumber: (given) => given['.bank_account.account_number'],
  routingNumber: (given) => given['.bank_account.routing_number'],
  cardNumberPlaceholder: (given) => given['.card.number'],
  cvvPlaceholder: (given) => given['.card.cvc'],
  expirationMonthPlaceholder: (given) => given['.card.exp_month'],
  expirationYearPlaceholder: (given) => given['.card.exp_year'],
  expirationYearPlaceholder2: (given) => String(given['.card.exp_year']).slice(-2),
}

type Piece = { readonly text: string } | { readonly name: string; readonly spelled: string }

/** Text that can stand beside a word without being part of it, and opens no placeholder. */
const text = fc
  .string({ unit: 'grapheme' })
  .map((text) => ({ text: ` ${text.replaceAll('${', '$(').replaceAll('Placeholder', '')} ` }))
const named = fc
  .constantFrom(...OZURA_NAMES.keys())
  .chain((name) =>
    fc.constantFrom(`\${${name}}`, `\${ ${name} }`).map((spelled) => ({ name, spelled })),
  )
const word = fc.constantFrom(...OZURA_WORDS.keys()).map((name) => ({ name, spelled: name }))
/** By turns, so that a placeholder never touches the one before: two words that touch have a test of their own. */
const pieces = fc
  .array(fc.tuple(text, fc.oneof(named, word)), { maxLength: 4 })
  .chain((pairs) => text.map((last): readonly Piece[] => [...pairs.flat(), last]))

const spelled = (list: readonly Piece[]): string =>
  list.map((piece) => ('text' in piece ? piece.text : piece.spelled)).join('')
const meant = (list: readonly Piece[], given: Values): string =>
  list.map((piece) => ('text' in piece ? piece.text : FIELDS[piece.name]?.(given))).join('')

const RUNS = { numRuns: 300 }
const form = (list: readonly Piece[]): string =>
  new URLSearchParams({ a: spelled(list) }).toString()
const wellFormed = (list: readonly Piece[]): boolean => spelled(list).isWellFormed()

test('every placeholder is in the table of this test', () => {
  expect([...OZURA_NAMES.keys(), ...OZURA_WORDS.keys()].toSorted()).toEqual(
    Object.keys(FIELDS).toSorted(),
  )
})

test('in JSON', () => {
  fc.assert(
    fc.property(fc.array(pieces), values, (lists, given) => {
      const source = JSON.stringify(lists.map((list) => ({ a: spelled(list), n: 1.5 })))
      const parsed: unknown = JSON.parse(render(compileJson(source, ozuraGrammar, 'body'), given))
      expect(parsed).toEqual(lists.map((list) => ({ a: meant(list, given), n: 1.5 })))
    }),
    RUNS,
  )
})

test('in forms, percent-encoded as libraries do it', () => {
  fc.assert(
    fc.property(fc.array(pieces.filter(wellFormed)), values, (lists, given) => {
      const source = lists.map(form).join('&')
      const filled = new URLSearchParams(render(compileForm(source, ozuraGrammar, 'body'), given))
      expect(filled.getAll('a')).toEqual(lists.map((list) => meant(list, given)))
    }),
    RUNS,
  )
})

test('in XML, in text, attributes and CDATA', () => {
  const allowed = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u
  const escaped = (list: readonly Piece[]): string =>
    spelled(list).replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`)
  // Line ends and tabs are changed by every parser, and have tests of their own.
  const plain = pieces.filter(
    (list) => allowed.test(spelled(list)) && !/[\t\n\r]|\]\]>/.test(spelled(list)),
  )
  const fit = values.filter((given) =>
    Object.values(given).every((one) => allowed.test(one) && !/[\t\n\r]/.test(one)),
  )
  fc.assert(
    fc.property(plain, plain, plain, fit, (one, two, three, given) => {
      const source = `<r a="${escaped(one)}"><t>${escaped(two)}</t><c><![CDATA[${spelled(three)}]]></c></r>`
      const events = readXml(render(compileXml(source, ozuraGrammar, 'body'), given))
      const texts = (name: string): string => {
        const from = events.findIndex(([kind, at]) => kind === 'open' && at === name)
        const to = events.findIndex(([kind, at]) => kind === 'close' && at === name)
        return events
          .slice(from, to)
          .map(([kind, text]) => (kind === 'text' ? text : ''))
          .join('')
      }
      expect(events[0]).toEqual(['open', 'r', { a: meant(one, given) }])
      expect(texts('t')).toBe(meant(two, given))
      expect(texts('c')).toBe(meant(three, given))
    }),
    RUNS,
  )
})
