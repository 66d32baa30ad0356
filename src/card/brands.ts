/**
 * @module Card brands: number ranges, lengths, length of the security code, and whether the check digit holds.
 *
 * Sources: ISO/IEC 7812; Cybersource's "Card Type Identification" (Discover, Diners, JCB, Maestro, Mastercard with
 * 222100-272099); Braintree's `credit-card-type` (Elo, Hiper, Mir, Verve); Wikipedia's "Payment card number" for the
 * rest. Where they differ, the choice stands below with its reason; test/vectors/card_brands.json checks the table
 * against numbers that PSPs publish.
 */

interface Ranges {
  /** Prefixes, and ranges of prefixes of one length, divided by spaces. */
  readonly prefixes: string
  readonly lengths: readonly number[]
}

interface Entry {
  readonly name: string
  readonly ranges: readonly Ranges[]
  /** Lengths of the security code. */
  readonly cvc: readonly number[]
  /** Whether every number of the brand ends with a Luhn digit. */
  readonly luhn: boolean
}

const span = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i)

/** A brand with three digits of security code and Luhn numbers, as most are. */
const brand = (name: string, prefixes: string, lengths: readonly number[]): Entry => ({
  name,
  ranges: [{ prefixes, lengths }],
  cvc: [3],
  luhn: true,
})

/** Every brand there is. A longer prefix wins over a shorter one, so the order says nothing. */
export const BRANDS = {
  // 4571 is Visa/Dankort: both run as Visa outside Denmark, and Danish acquirers tell them apart themselves.
  visa: brand('Visa', '4', [13, 16, 18, 19]),
  mastercard: brand('Mastercard', '51-55 222100-272099', [16]),
  amex: { ...brand('American Express', '34 37', [15]), cvc: [4] },
  discover: brand('Discover', '6011 644-649 65', span(16, 19)),
  diners: brand('Diners Club', '300-305 3095 36 38 39', span(14, 19)),
  jcb: {
    ...brand('JCB', '', []),
    ranges: [
      {
        prefixes: '3528-3589 3088-3094 3096-3102 3112-3120 3158-3159 3337-3349',
        lengths: span(16, 19),
      },
      { prefixes: '2131 1800', lengths: [15] },
    ],
  },
  // 622126-622925 is UnionPay that Discover accepts in its own network: the card says UnionPay, and so do Stripe, Adyen
  // and Braintree. No check digit: Braintree (`luhnValidateUnionPay`) and UnionPay's own test cards have numbers without.
  unionpay: { ...brand('UnionPay', '62 8100-8171', span(16, 19)), luhn: false },
  // What Mastercard gives to Maestro, less what is somebody else's by a longer prefix.
  maestro: brand('Maestro', '50 56-58 6', span(12, 19)),
  mir: brand('Mir', '2200-2204', span(16, 19)),
  elo: brand(
    'Elo',
    '401178-401179 431274 438935 451416 457393 457631-457632 504175 506699-506778 509000-509999 627780 636297 636368 ' +
      '650031-650033 650035-650051 650405-650439 650485-650538 650541-650598 650700-650718 650720-650727 ' +
      '650901-650978 651652-651679 655000-655019 655021-655058',
    [16],
  ),
  hipercard: brand('Hipercard', '606282', [13, 16, 19]),
  hiper: brand('Hiper', '637095 637568 637599 637609 637612 63737423 63743358', [16]),
  // Troy cards that begin with 65 are Discover cards abroad, and go as Discover.
  troy: brand('Troy', '9792', [16]),
  verve: brand('Verve', '506099-506198 507865-507964 650002-650027', [16, 18, 19]),
  rupay: brand(
    'RuPay',
    '508500-508999 606985-607984 608001-608500 652150-653149 817200-819899',
    [16],
  ),
  dankort: brand('Dankort', '5019', [16]),
  // The airlines' own card; its security code is seldom used, and not of one length.
  uatp: { ...brand('UATP', '1', [15]), cvc: [3, 4] },
} as const satisfies Record<string, Entry>

export type Brand = keyof typeof BRANDS

/** A brand's entry. */
export function entryOf(brand: Brand): Entry {
  return BRANDS[brand]
}

interface Range {
  readonly brand: Brand
  /** Length of the prefix; `from` and `to` have so many digits. */
  readonly digits: number
  readonly from: number
  readonly to: number
  readonly lengths: readonly number[]
}

/** By first digit, longest prefix first. */
const INDEX = buildIndex()

function buildIndex(): readonly (readonly Range[])[] {
  // Object.keys of a literal gives its keys and no others.
  const all = (Object.keys(BRANDS) as Brand[]).flatMap((brand) =>
    entryOf(brand).ranges.flatMap(({ prefixes, lengths }) =>
      prefixes.split(' ').map((text): Range => {
        const [from = '', to = from] = text.split('-')
        return { brand, digits: from.length, from: Number(from), to: Number(to), lengths }
      }),
    ),
  )
  all.sort((a, b) => b.digits - a.digits)
  return span(0, 9).map((first) =>
    all.filter(
      ({ digits, from, to }) =>
        Math.floor(from / 10 ** (digits - 1)) <= first &&
        first <= Math.floor(to / 10 ** (digits - 1)),
    ),
  )
}

/** The range that the digits fall in, or null. */
function rangeOf(digits: string): Range | null {
  const eight = Number(digits.slice(0, 8).padEnd(8, '0'))
  for (const range of INDEX[digits.charCodeAt(0) - 48] ?? []) {
    const prefix = Math.floor(eight / 10 ** (8 - range.digits))
    if (prefix >= range.from && prefix <= range.to) return range
  }
  return null
}

/** The brand of a card number, given as digits alone, by its most specific range. */
export function brandOf(number: string): Brand | 'unknown' {
  return rangeOf(number)?.brand ?? 'unknown'
}

/** Whether a number of this brand may have this length. True for a number of no known brand. */
export function fitsLength(number: string): boolean {
  return rangeOf(number)?.lengths.includes(number.length) ?? true
}
