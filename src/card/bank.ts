/**
 * @module Checks a bank account: an IBAN, a US account with its routing number, or any other.
 */
import { GatewayError } from '../errors.ts'
import { checkHolder } from './holder.ts'

export interface BankAccountInput {
  readonly account_number: string
  readonly routing_number?: string | null | undefined
  readonly account_type?: string | null | undefined
  readonly holder?: string | null | undefined
  /** ISO 3166-1 alpha-2. */
  readonly country?: string | null | undefined
}

/** A bank account that passed the checks. */
export interface BankAccount {
  /** Without spaces and dashes; an IBAN is in capitals. */
  readonly account_number: string
  readonly routing_number: string | null
  readonly account_type: 'checking' | 'savings' | null
  readonly holder: string | null
  readonly country: string | null
  /** Up to four last characters; of a short number fewer, so that four stay hidden. */
  readonly last4: string
}

/** Length of each country's IBAN (SWIFT, IBAN Registry release 99). What begins otherwise is not taken for an IBAN. */
const IBAN_LENGTHS = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ' +
    'ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 ' +
    'LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 ' +
    'PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
)

/** The account, or `invalid_card` with the field in `param`, under `where`. No message repeats what was given. */
export function checkBankAccount(input: BankAccountInput, where = 'bank_account'): BankAccount {
  const country = checkCountry(input.country ?? null, `${where}.country`)
  const account_number = checkAccount(input.account_number, `${where}.account_number`)
  return {
    account_number,
    routing_number: checkRouting(input.routing_number ?? null, country, `${where}.routing_number`),
    account_type: checkType(input.account_type ?? null, `${where}.account_type`),
    holder: checkHolder(input.holder, `${where}.holder`),
    country,
    last4: account_number.slice(Math.max(4, account_number.length - 4)),
  }
}

function checkAccount(input: string, param: string): string {
  const text = input.trim()
  const account = text.replace(/[ -]/g, '')
  if (text.length > 64 || !/^[0-9A-Za-z]{4,34}$/.test(account)) {
    throw refuse('The account number must be 4 to 34 letters and digits.', param)
  }
  const iban = account.toUpperCase()
  const length = /^[A-Z]{2}[0-9]{2}/.test(iban) && IBAN_LENGTHS.get(iban.slice(0, 2))
  if (!length) return account
  if (iban.length !== length) throw refuse('The IBAN has the wrong length for its country.', param)
  if (!ibanHolds(iban)) throw refuse('The IBAN is mistyped: its check digits are wrong.', param)
  return iban
}

/** ISO 13616: the country and check digits moved to the end, letters as 10 to 35, the whole is 1 modulo 97. */
function ibanHolds(iban: string): boolean {
  let rest = 0
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36)
    rest = (rest * (value < 10 ? 10 : 100) + value) % 97
  }
  return rest === 1
}

function checkRouting(input: string | null, country: string | null, param: string): string | null {
  const text = input?.trim() ?? ''
  if (text === '') return null
  if (!/^[0-9A-Za-z][0-9A-Za-z -]{1,33}$/.test(text)) {
    throw refuse('The routing number must be 2 to 34 letters, digits and dashes.', param)
  }
  const american = country === 'US' || country === null
  const nine = /^[0-9]{9}$/.test(text)
  if (country === 'US' && !nine) {
    throw refuse('The routing number of a US account must have nine digits.', param)
  }
  if (american && nine && !routingHolds(text)) {
    throw refuse('The routing number is mistyped: its check digit is wrong.', param)
  }
  return text
}

/** American Bankers Association: digits weighted 3, 7, 1 in turn sum to a multiple of ten. */
function routingHolds(digits: string): boolean {
  const weights = [3, 7, 1]
  const sum = [...digits].reduce((all, digit, i) => all + Number(digit) * (weights[i % 3] ?? 0), 0)
  return sum % 10 === 0 && Number(digits) > 0
}

function checkType(input: string | null, param: string): 'checking' | 'savings' | null {
  if (input === null || input === 'checking' || input === 'savings') return input
  throw refuse('The account type must be `checking` or `savings`.', param)
}

function checkCountry(input: string | null, param: string): string | null {
  if (input === null || /^[A-Z]{2}$/.test(input)) return input
  throw refuse('The country must be two capital letters (ISO 3166-1 alpha-2).', param)
}

function refuse(message: string, param: string): GatewayError {
  return new GatewayError('invalid_card', message, { param })
}
