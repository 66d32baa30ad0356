/**
 * @module Values that the kit makes up: cards and credentials that must never be found again, and an intent with everything in it.
 */
import { randomBytes, randomInt } from 'node:crypto'
import type { Adapter, CardField, Credential } from '../adapter.ts'
import { luhn } from '../card.ts'
import type { Wish } from '../forward/call.ts'

export type Card = Readonly<Record<CardField, string>>
export type Credentials = Readonly<Record<string, string>>

/** First digits and length of cards of several brands, at the end of their ranges: test numbers are printed in manuals. */
const BRANDS = [
  ['499998', 16],
  ['272098', 16],
  ['379998', 15],
  ['629998', 19],
] as const

/** A card by chance that passes every check. */
export function randomCard(turn = 0): Card {
  const [prefix, length] = BRANDS[turn % BRANDS.length] ?? BRANDS[0]
  return {
    number: withCheckDigit(prefix + digits(length - prefix.length - 1)),
    cvc: digits(length === 15 ? 4 : 3),
    exp_month: String(randomInt(1, 13)).padStart(2, '0'),
    exp_year: String(randomInt(2031, 2040)),
    holder: `HOLDER ${[...randomBytes(8)].map((byte) => String.fromCharCode(65 + (byte % 26))).join('')}`,
  }
}

function digits(count: number): string {
  return Array.from({ length: count }, () => randomInt(10)).join('')
}

function withCheckDigit(body: string): string {
  const found = [...'0123456789'].find((last) => luhn(body + last))
  return body + (found ?? '')
}

/** A value for each credential, by chance, as long as it may be; those of the sample as they are. */
export function randomCredentials(adapter: Adapter, sample: Credentials = {}): Credentials {
  return Object.fromEntries(
    Object.entries(adapter.credentials).map(([name, about]) => [
      name,
      sample[name] ?? randomCredential(about),
    ]),
  )
}

function randomCredential({ max_bytes = 40 }: Credential): string {
  // Letters, digits and a letter first: good as a part of a host, too.
  return `p${randomBytes(24).toString('hex')}`.slice(0, Math.max(1, Math.min(max_bytes, 40)))
}

/** An intent that leaves nothing out. `reference` is the merchant's, or the PSP's where there is an earlier payment. */
export function everything(reference: string): Wish['intent'] {
  return {
    amount: { minor: 1999, currency: 'EUR' },
    reference,
    return_url: 'https://shop.example/return?order=A1001',
    notification_url: 'https://shop.example/notify',
    customer: {
      id: 'C2002',
      first_name: 'Zoe',
      last_name: 'Tester',
      email: 'zoe@shop.example',
      phone: '+14155550134',
      dob: '1980-05-31',
    },
    billing_address: {
      line1: '1 Main Street',
      line2: 'Flat 2',
      city: 'Springfield',
      state: 'IL',
      postal_code: '62701',
      country: 'US',
    },
    device: { ip: '203.0.113.7', user_agent: 'Mozilla/5.0 (X11; Linux x86_64)' },
    extra: {},
  }
}

/** Another value for each field, as good as the one of {@link everything}. */
export const OTHERS: { readonly [need: string]: unknown } = {
  amount: { minor: 2501, currency: 'USD' },
  reference: '7654321',
  return_url: 'https://other.example/back',
  notification_url: 'https://other.example/hook',
  'customer.id': 'C3003',
  'customer.first_name': 'Max',
  'customer.last_name': 'Mustermann',
  'customer.email': 'max@other.example',
  'customer.phone': '+493012345678',
  'customer.dob': '1975-01-20',
  'billing_address.line1': '22 Side Road',
  'billing_address.line2': 'Floor 3',
  'billing_address.city': 'Albany',
  'billing_address.state': 'NY',
  'billing_address.postal_code': '12207',
  'billing_address.country': 'CA',
  'device.ip': '198.51.100.9',
  'device.user_agent': 'curl/8.0',
}
