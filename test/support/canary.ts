/**
 * @module Values made to be searched for: each call gives a new one, the same in every run of the same test file.
 */
import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { register } from './run.ts'

/** First digits and length: valid for the brand, at the end of its range, never a published test number. */
const BRANDS = {
  visa: { prefix: '499998', length: 16 },
  mastercard: { prefix: '272098', length: 16 },
  amex: { prefix: '379998', length: 15 },
  discover: { prefix: '659998', length: 16 },
  diners: { prefix: '389998', length: 14 },
  jcb: { prefix: '358998', length: 16 },
  unionpay: { prefix: '629998', length: 19 },
  maestro: { prefix: '679998', length: 18 },
} as const

export type CanaryBrand = keyof typeof BRANDS

/** Codes that documentation and PSPs print, and that would be found for no fault of ours. */
const COMMON_CODES = new Set(['000', '100', '111', '123', '200', '321', '400', '404', '500', '737'])

/** A card number that passes every check and must not be found anywhere after the run. */
export function canaryCard(brand: CanaryBrand = 'visa', from = caller()): string {
  const { prefix, length } = BRANDS[brand]
  const body = prefix + digits(`${brand} ${from} ${next(from)}`, length - prefix.length - 1)
  const value = body + checkDigit(body)
  register({ kind: 'number', value, from })
  return value
}

/** An account number of a bank, 12 digits. */
export function canaryAccountNumber(from = caller()): string {
  const value = `98${digits(`account ${from} ${next(from)}`, 10)}`
  register({ kind: 'number', value, from })
  return value
}

/** A security code: three digits, for Amex four. It is searched for beside its names only, as three digits are everywhere. */
export function canaryCvc(brand: CanaryBrand = 'visa', from = caller()): string {
  for (;;) {
    const value = digits(`cvc ${from} ${next(from)}`, brand === 'amex' ? 4 : 3)
    if (COMMON_CODES.has(value)) continue
    register({ kind: 'cvc', value, from })
    return value
  }
}

/** A credential (API key, cryptogram, password): letters and digits. */
export function canarySecret(from = caller()): string {
  const value = `canary${createHash('sha256')
    .update(`secret ${from} ${next(from)}`)
    .digest('hex')
    .slice(0, 34)}`
  register({ kind: 'secret', value, from })
  return value
}

/** The last digit that makes a number pass the Luhn check (ISO/IEC 7812-1, annex B). */
export function checkDigit(body: string): string {
  let sum = 0
  for (const [place, digit] of [...body].reverse().entries()) {
    const doubled = Number(digit) * (place % 2 === 0 ? 2 : 1)
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return String((10 - (sum % 10)) % 10)
}

const counts = new Map<string, number>()

function next(from: string): number {
  const count = (counts.get(from) ?? 0) + 1
  counts.set(from, count)
  return count
}

function digits(seed: string, length: number): string {
  const number = BigInt(`0x${createHash('sha256').update(seed).digest('hex')}`)
  return String(number).slice(-length)
}

/** The file that called the exported function, from the stack: it names the canary where one is found. */
function caller(): string {
  const lines = (new Error().stack ?? '').split('\n')
  const line = lines.find((text) => /\.ts:\d+/.test(text) && !text.includes('/support/canary.ts'))
  return basename(/[^(\s]+\.ts/.exec(line ?? '')?.[0] ?? 'unknown')
}
