/**
 * @module Renders templates for tests: sample values, filters and escapes, as the forward core does.
 */
import { expect } from 'bun:test'
import type { Template, Text } from '../../src/adapter.ts'
import { GatewayError } from '../../src/errors.ts'
import type { ErrorCode } from '../../src/errors.ts'
import { asHole } from '../../src/hole.ts'
import type { FilterValue, HoleValue } from '../../src/hole.ts'
import { escapeValue } from '../../src/template/escape.ts'
import type { Place } from '../../src/template/escape.ts'
import { SAMPLE } from '../../src/template/filter-table.ts'
import { applyFilters } from '../../src/template/filters.ts'

/** Values by `token.instrument.field`; the request's own token has no name. */
export type Values = Readonly<Record<string, FilterValue>>

export const CARD: Values = {
  ...Object.fromEntries(Object.entries(SAMPLE).map(([field, value]) => [`.card.${field}`, value])),
  '.card.cvc': '737',
  '.card.bin': '424242',
  '.card.last4': '4242',
  '.network_token.cryptogram': 'AgAAAAAA0000',
  '.bank_account.account_number': '000123456789',
  '.bank_account.routing_number': '110000000',
  'payer.card.number': '5555555555554444',
  'payer.card.exp_month': '12',
  'payer.virtual_card.number': '4000056655665556',
}

function valueOf(hole: HoleValue, values: Values): FilterValue {
  const { source } = hole
  if (source.from !== 'token') throw new Error(`no value from ${source.from}`)
  const value = values[`${source.token}.${source.instrument}.${source.field}`] ?? null
  return applyFilters(value, hole.filters, hole.label)
}

/** The template with its values put in. */
export function render(template: Template, values: Values = CARD): string {
  const parts = template.map((part) => {
    if (typeof part === 'string') return part
    const hole = asHole(part.hole)
    if (!hole) throw new Error('a slot without a hole')
    return escapeValue(valueOf(hole, values), part.escape, hole.label)
  })
  return parts.join('')
}

/** The text with its values put in. */
export function renderText(text: Text<string>, place: Place, values: Values = CARD): string {
  const parts = Array.isArray(text) ? text : [text]
  return parts
    .map((part) => {
      const hole = asHole(part)
      return hole ? escapeValue(valueOf(hole, values), place, hole.label) : String(part)
    })
    .join('')
}

/** The template's literal texts, with `null` where a slot is. */
export function literals(template: Template): (string | null)[] {
  return template.map((part) => (typeof part === 'string' ? part : null))
}

/** The error that a call throws, which must be of this code. */
export function thrown(code: ErrorCode, call: () => unknown): GatewayError {
  try {
    call()
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    expect(error.code).toBe(code)
    expect(error.sent).toBe('no')
    return error
  }
  throw new Error(`nothing was thrown where ${code} was expected`)
}
