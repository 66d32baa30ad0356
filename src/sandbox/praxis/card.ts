/**
 * @module The card of a request: decrypted, checked, and what becomes of a payment with it.
 */
import { createDecipheriv } from 'node:crypto'
import { luhn } from '../../card.ts'
import { DECLINES, TEST_CARDS } from '../cards.ts'
import { bad } from './refusal.ts'

export interface Fields {
  readonly number: unknown
  readonly expiry: unknown
  readonly cvv: unknown
}

/** What a payment ends in. */
export interface Ending {
  readonly status: 'approved' | 'rejected' | 'redirect' | 'pending' | 'error'
  readonly details: string
  /** After a redirect, where the customer says yes. */
  readonly then?: Ending
}

const end = (status: Ending['status'], details: string = status): Ending => ({
  status,
  details: `[TEST] Transaction status: ${details}`,
})

/** Security codes of Praxis's test processor; American Express has a 1 behind them. https://docs.praxis.tech/docs/testing */
export const ENDINGS: Readonly<Record<string, Ending>> = {
  '568': end('approved'),
  '333': end('redirect'),
  '300': end('redirect'),
  '000': end('rejected'),
  '444': end('error'),
  '588': end('pending'),
  '801': end('rejected', 'Insufficient Funds'),
  '900': end('rejected', 'Card has been lost'),
  '901': end('rejected', 'Card has been stolen'),
  '902': end('rejected', 'Declined due to fraud'),
}

/** What a card ends in: by its security code, else as the other sandbox has it by its number. Throws a Refusal where it cannot be right. */
export function readCard(
  { number, expiry, cvv }: Fields,
  secret: string,
  timestamp: number,
  now: number,
): Ending {
  const open = (value: unknown): string => plain(value, secret, timestamp)
  const digits = open(number)
  if (!/^\d{12,19}$/.test(digits) || !luhn(digits)) throw bad('Invalid card number.')
  checkExpiry(open(expiry), now)
  const code = cvv === undefined ? '' : open(cvv)
  if (cvv !== undefined && !/^\d{3,4}$/.test(code)) throw bad('Invalid cvv.')
  const card = TEST_CARDS.get(digits)
  if (!card) throw bad('Only numbers published at https://docs.stripe.com/testing are taken here.')
  const wanted = ENDINGS[code.length === 4 ? code.slice(0, 3) : code]
  if (wanted) return wanted
  const then = card.decline ? end('rejected', DECLINES[card.decline][1]) : end('approved')
  return card.authentication ? { ...end('redirect'), then } : then
}

/** Where the customer says no. */
export const FAILED = end('rejected', '3D Secure failed')
/** Where nothing else was said. */
export const APPROVED = end('approved')

/** `card_number` is the number itself without encryption, and the ciphertext in the example with it. */
function plain(value: unknown, secret: string, timestamp: number): string {
  const text = String(value ?? '')
  if (/^(\d{3,19}|\d\d\/\d{4})$/.test(text)) return text
  const pad = (part: string, length: number): Buffer =>
    Buffer.concat([Buffer.alloc(length - Buffer.byteLength(part), '0'), Buffer.from(part)])
  try {
    const cipher = createDecipheriv('aes-256-cbc', pad(secret, 32), pad(String(timestamp), 16))
    return cipher.update(text, 'base64', 'utf8') + cipher.final('utf8')
  } catch {
    throw bad('The card data cannot be decrypted.')
  }
}

function checkExpiry(text: string, now: number): void {
  const [, month = '', year = ''] = /^(0[1-9]|1[0-2])\/(\d{4})$/.exec(text) ?? []
  const today = new Date(now * 1000)
  const months = Number(year) * 12 + Number(month) - 1
  if (month !== '' && months >= today.getUTCFullYear() * 12 + today.getUTCMonth()) return
  throw bad('Invalid card_exp.')
}
