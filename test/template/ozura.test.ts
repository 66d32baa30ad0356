/** @module Ozura's grammar: braces, words, and what is left alone. */
import { describe, expect, test } from 'bun:test'
import { ozuraGrammar } from '../../src/template/ozura.ts'
import { compilePlain } from '../../src/template/text.ts'
import { render, thrown } from './render.ts'

function filled(text: string): string {
  return render(compilePlain(text, ozuraGrammar, 'request_data'))
}

describe('placeholders', () => {
  test.each([
    ['${cardNumber}', '4242424242424242'],
    ['${ cardNumber }', '4242424242424242'],
    ['${expirationMonth}', '03'],
    ['${expirationYear}', '2030'],
    ['${cvv}', '737'],
    ['${cvc}', '737'],
    ['${accountNumber}', '000123456789'],
    ['${routingNumber}', '110000000'],
    ['${expirationMonth}/${expirationYear}', '03/2030'],
    ['$${cvv}}', '$737}'],
    ['cardNumberPlaceholder', '4242424242424242'],
    ['cvvPlaceholder', '737'],
    ['expirationMonthPlaceholder', '03'],
    ['expirationYearPlaceholder', '2030'],
    ['expirationYearPlaceholder2', '30'],
    ['expirationMonthPlaceholderexpirationYearPlaceholder2', '0330'],
    ['expirationYearPlaceholder2expirationMonthPlaceholder', '3003'],
    ['expirationMonthPlaceholder/expirationYearPlaceholder', '03/2030'],
    ['20expirationYearPlaceholder2', '2030'],
    ['n=cardNumberPlaceholder&c=cvvPlaceholder', 'n=4242424242424242&c=737'],
    ['${cvv}cvvPlaceholder', '737737'],
  ])('%s', (text, gives) => {
    expect(filled(text)).toBe(gives)
  })

  test.each([
    '',
    '$',
    '{',
    '$5 {x}',
    '${}',
    '${5}',
    '${-}',
    '{{ card.number }}',
    '$ {cardNumber}',
    'cardNumber',
    'my_cvvPlaceholder',
    'acvvPlaceholder',
    'cvvPlaceholderText',
    'cvvPlaceholder2',
    'cardNumberPlaceholder2',
    'Placeholder',
    'expirationYearPlaceholder23',
    'cvvPlaceholdercvvPlaceholderx',
  ])('leaves %j alone', (text) => {
    const left = text === 'cvvPlaceholdercvvPlaceholderx' ? '737cvvPlaceholderx' : text
    expect(filled(text)).toBe(left)
  })
})

describe('refusals', () => {
  test.each([
    '${card}',
    '${CardNumber}',
    '${card_number}',
    '${card.number}',
    '${cardNumber',
    '${cardNumber ',
    '${cardNumber|x}',
    '${expirationYear2}',
    '${__proto__}',
    '${constructor}',
    '${cardNumber${cvv}}',
  ])('%s', (text) => {
    const error = thrown('invalid_template', () =>
      ozuraGrammar.find(`a ${text}`, 'request_data.source.number'),
    )
    expect(error.param).toBe('request_data.source.number')
    expect(error.template).toStartWith('${')
  })

  test('say what there is', () => {
    const error = thrown('invalid_template', () => ozuraGrammar.find('${number}', 'x'))
    expect(error.template).toBe('${number}')
    expect(error.hint).toContain('${cardNumber}')
  })
})

test('a megabyte of openers is read in linear time', () => {
  for (const text of [
    '${'.repeat(500_000),
    '${ '.repeat(300_000),
    'cvvPlaceholder'.repeat(70_000),
  ]) {
    const start = performance.now()
    ozuraGrammar.find(text, 'b')
    expect(performance.now() - start).toBeLessThan(500)
  }
})
