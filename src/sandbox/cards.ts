/**
 * @module Stripe's published test cards and what each of them does. https://docs.stripe.com/testing
 */

export type Brand = 'visa' | 'mastercard' | 'amex' | 'discover' | 'diners' | 'jcb' | 'unionpay'
export type Funding = 'credit' | 'debit' | 'prepaid'
export type Check = 'cvc' | 'postal_code' | 'line1'

/** When the issuer asks the cardholder to prove who they are (3-D Secure). */
export type Authentication =
  /** Always, and a payment without the cardholder is declined. */
  | 'always'
  /** With the cardholder present; a payment without passes. */
  | 'on_session'

/** Why a card is declined. https://docs.stripe.com/declines/codes */
export const DECLINES = {
  generic_decline: ['card_declined', 'Your card was declined.'],
  insufficient_funds: ['card_declined', 'Your card has insufficient funds.'],
  lost_card: ['card_declined', 'Your card was declined.'],
  stolen_card: ['card_declined', 'Your card was declined.'],
  fraudulent: ['card_declined', 'Your card was declined.'],
  card_velocity_exceeded: [
    'card_declined',
    'Your card was declined for making repeated attempts too frequently or exceeding its amount limit.',
  ],
  expired_card: ['expired_card', 'Your card has expired.'],
  incorrect_cvc: ['incorrect_cvc', "Your card's security code is incorrect."],
  processing_error: [
    'processing_error',
    'An error occurred while processing your card. Try again in a little bit.',
  ],
  authentication_required: [
    'authentication_required',
    'Your card was declined. This transaction requires authentication.',
  ],
} as const satisfies Record<string, readonly [code: string, message: string]>
export type DeclineCode = keyof typeof DECLINES

export interface TestCard {
  readonly brand: Brand
  readonly funding: Funding
  readonly country: string
  /** What a payment ends in, after authentication where there is one. Absent: approved. */
  readonly decline?: DeclineCode
  readonly authentication?: Authentication
  readonly risk?: 'elevated' | 'highest'
  /** Checks that fail where the value was sent. */
  readonly fails?: readonly Check[]
  /** Declined when charged only; it can be set up. */
  readonly saves?: true
}

type Row = readonly [number: string, card: TestCard, ...aliases: string[]]

const issued = (brand: Brand, funding: Funding = 'credit', country = 'US'): TestCard => ({
  brand,
  funding,
  country,
})
const visa = (more: Partial<TestCard> = {}): TestCard => ({ ...issued('visa'), ...more })
const from = (country: string, funding: Funding = 'credit') => issued('visa', funding, country)

/** An alias `x` is `pm_card_x` as a PaymentMethod and `tok_x` as a token. */
const ROWS: readonly Row[] = [
  // Cards by brand
  ['4242424242424242', visa(), 'visa', 'us'],
  ['4000056655665556', issued('visa', 'debit'), 'visa_debit'],
  ['5555555555554444', issued('mastercard'), 'mastercard'],
  ['2223003122003222', issued('mastercard')],
  ['5200828282828210', issued('mastercard', 'debit'), 'mastercard_debit'],
  ['5105105105105100', issued('mastercard', 'prepaid'), 'mastercard_prepaid'],
  ['378282246310005', issued('amex'), 'amex'],
  ['371449635398431', issued('amex')],
  ['6011111111111117', issued('discover'), 'discover'],
  ['6011000990139424', issued('discover')],
  ['6011981111111113', issued('discover', 'debit')],
  ['3056930009020004', issued('diners'), 'diners'],
  ['36227206271667', issued('diners')],
  ['6555900000604105', issued('discover')],
  ['3566002020360505', issued('jcb', 'credit', 'JP'), 'jcb'],
  ['3530111333300000', issued('jcb', 'credit', 'JP')],
  ['6200000000000005', issued('unionpay', 'credit', 'CN'), 'unionpay'],
  ['6200000000000047', issued('unionpay', 'debit', 'CN')],
  ['6205500000000000004', issued('unionpay', 'credit', 'CN')],
  ['4000002500001001', from('FR'), 'visa_cartesBancaires'],
  ['5555552500001001', issued('mastercard', 'credit', 'FR'), 'mastercard_cartesBancaires'],
  ['4000050360000001', from('AU', 'debit'), 'visa_debit_eftposAuCoBranded'],
  ['5555050360000080', issued('mastercard', 'debit', 'AU'), 'mastercard_debit_eftposAuCoBranded'],
  // Declined payments
  [
    '4000000000000002',
    visa({ decline: 'generic_decline' }),
    'visa_chargeDeclined',
    'chargeDeclined',
  ],
  [
    '4000000000009995',
    visa({ decline: 'insufficient_funds' }),
    'visa_chargeDeclinedInsufficientFunds',
    'chargeDeclinedInsufficientFunds',
  ],
  ['4000000000009987', visa({ decline: 'lost_card' }), 'visa_chargeDeclinedLostCard'],
  ['4000000000009979', visa({ decline: 'stolen_card' }), 'visa_chargeDeclinedStolenCard'],
  [
    '4000000000000069',
    visa({ decline: 'expired_card' }),
    'chargeDeclinedExpiredCard',
    'visa_chargeDeclinedExpiredCard',
  ],
  [
    '4000000000000127',
    visa({ decline: 'incorrect_cvc' }),
    'chargeDeclinedIncorrectCvc',
    'visa_chargeDeclinedIncorrectCvc',
  ],
  [
    '4000000000000119',
    visa({ decline: 'processing_error' }),
    'chargeDeclinedProcessingError',
    'visa_chargeDeclinedProcessingError',
  ],
  [
    '4000000000006975',
    visa({ decline: 'card_velocity_exceeded' }),
    'visa_chargeDeclinedVelocityLimitExceeded',
  ],
  [
    '4000000000000341',
    visa({ decline: 'generic_decline', saves: true }),
    'chargeCustomerFail',
    'visa_chargeCustomerFail',
  ],
  // Fraud prevention, under Stripe's default rules: highest risk and a failed CVC check are blocked
  [
    '4100000000000019',
    visa({ decline: 'fraudulent', risk: 'highest' }),
    'radarBlock',
    'chargeDeclinedFraudulent',
    'visa_chargeDeclinedFraudulent',
  ],
  ['4000000000004954', visa({ decline: 'fraudulent', risk: 'highest' }), 'riskLevelHighest'],
  ['4000000000009235', visa({ risk: 'elevated' }), 'riskLevelElevated'],
  ['4000000000000101', visa({ fails: ['cvc'] }), 'cvcCheckFail'],
  ['4000000000000036', visa({ fails: ['postal_code'] }), 'avsZipFail'],
  ['4000058400307872', visa({ fails: ['cvc'], risk: 'elevated' })],
  ['4000058400306072', visa({ fails: ['postal_code'], risk: 'elevated' })],
  ['4000000000000028', visa({ fails: ['line1'] }), 'avsLine1Fail'],
  ['4000000000000010', visa({ fails: ['line1', 'postal_code'] }), 'avsFail'],
  // 3-D Secure
  ['4000002500003155', visa({ authentication: 'always' }), 'authenticationRequiredOnSetup'],
  ['4000002760003184', visa({ authentication: 'always' }), 'authenticationRequired'],
  [
    '4000003800000446',
    visa({ authentication: 'on_session' }),
    'authenticationRequiredSetupForOffSession',
  ],
  [
    '4000008260003178',
    visa({ authentication: 'always', decline: 'insufficient_funds' }),
    'authenticationRequiredChargeDeclinedInsufficientFunds',
  ],
  ['4000000000003220', visa({ authentication: 'always' }), 'threeDSecure2Required'],
  [
    '4000008400001629',
    visa({ authentication: 'always', decline: 'generic_decline' }),
    'threeDSecureRequiredChargeDeclined',
  ],
  // The issuer's 3-D Secure server cannot be reached, so the payment is declined without a challenge.
  ['4000008400001280', visa({ decline: 'generic_decline' }), 'threeDSecureRequiredProcessingError'],
  ['4000000000003055', visa(), 'threeDSecureOptional'],
  ['4000000000003097', visa(), 'threeDSecureOptionalProcessingError'],
  // Approved at first; the disputes and late refunds that follow at Stripe do not happen here
  ['4000000000000259', visa(), 'createDispute', 'visa_createDispute'],
  ['4000000000002685', visa(), 'createDisputeProductNotReceived'],
  ['4000000000001976', visa(), 'createDisputeInquiry'],
  ['4000000000005423', visa(), 'createIssuerFraudRecord'],
  ['4000000000000077', visa(), 'bypassPending'],
  ['4000003720000278', from('IE'), 'bypassPendingInternational'],
  ['4000000000007726', visa(), 'pendingRefund'],
  ['4000000000005126', visa(), 'refundFail'],
  // Cards by country
  ['4000000320000021', from('AR'), 'ar'],
  ['4000000760000002', from('BR'), 'br'],
  ['4000001240000000', from('CA'), 'ca'],
  ['4000001520000001', from('CL'), 'cl'],
  ['4000001700000003', from('CO'), 'co'],
  ['4000001880000005', from('CR'), 'cr'],
  ['4000002180000000', from('EC'), 'ec'],
  ['4000004840008001', from('MX'), 'mx'],
  ['4000005910000000', from('PA'), 'pa'],
  ['4000006000000066', from('PY'), 'py'],
  ['4000006040000068', from('PE'), 'pe'],
  ['4000008580000003', from('UY'), 'uy'],
  ['4000000400000008', from('AT'), 'at'],
  ['4000000560000004', from('BE'), 'be'],
  ['4000001000000000', from('BG'), 'bg'],
  ['4000001120000005', from('BY'), 'by'],
  ['4000001960000008', from('CY'), 'cy'],
  ['4000002030000002', from('CZ'), 'cz'],
  ['4000002080000001', from('DK'), 'dk'],
  ['4000002460000001', from('FI'), 'fi'],
  ['4000002500000003', from('FR'), 'fr'],
  ['4000002760000016', from('DE'), 'de'],
  ['4000003000000030', from('GR'), 'gr'],
  ['4000003480000005', from('HU'), 'hu'],
  ['4000003720000005', from('IE'), 'ie'],
  ['4000003800000008', from('IT'), 'it'],
  ['4000004280000005', from('LV'), 'lv'],
  ['4000004400000000', from('LT'), 'lt'],
  ['4000004420000006', from('LU'), 'lu'],
  ['4000004700000007', from('MT'), 'mt'],
  ['4000005280000002', from('NL'), 'nl'],
  ['4000005780000007', from('NO'), 'no'],
  ['4000006160000005', from('PL'), 'pl'],
  ['4000006200000007', from('PT'), 'pt'],
  ['4000006420000001', from('RO'), 'ro'],
  ['4000006820000007', from('SA'), 'sa'],
  ['4000007050000006', from('SI'), 'si'],
  ['4000007030000001', from('SK'), 'sk'],
  ['4000007240000007', from('ES'), 'es'],
  ['4000007520000008', from('SE'), 'se'],
  ['4000007560000009', from('CH'), 'ch'],
  ['4000008260000000', from('GB'), 'gb'],
  ['4000058260000005', from('GB', 'debit'), 'gb_debit'],
  ['5555558265554449', issued('mastercard', 'credit', 'GB'), 'gb_mastercard'],
  ['4000000360000006', from('AU'), 'au'],
  ['4000001560000002', from('CN'), 'cn'],
  ['4000003440000004', from('HK'), 'hk'],
  ['4000003560000008', from('IN'), 'in'],
  ['4000003920000003', from('JP'), 'jp'],
  ['4000004580000002', from('MY'), 'my'],
  ['4000005540000008', from('NZ'), 'nz'],
  ['4000007020000003', from('SG'), 'sg'],
  ['4000001580000008', from('TW'), 'tw'],
  ['4000007640000003', from('TH'), 'th_credit'],
  ['4000057640000008', from('TH', 'debit'), 'th_debit'],
]

/** By number. */
export const TEST_CARDS: ReadonlyMap<string, TestCard> = new Map(
  ROWS.map(([number, card]) => [number, card]),
)

/** Published because it is wrong: its check digit does not hold, so it is `incorrect_number` like any other such number. */
export const WRONG_NUMBER = '4242424242424241'

/** Number by alias: what follows `pm_card_` or `tok_`. */
export const ALIASES: ReadonlyMap<string, string> = new Map(
  ROWS.flatMap(([number, , ...aliases]) => aliases.map((alias) => [alias, number] as const)),
)

/** Whether a number is published for tests, so that it is no secret. */
export function isPublished(number: string): boolean {
  return TEST_CARDS.has(number) || number === WRONG_NUMBER
}
