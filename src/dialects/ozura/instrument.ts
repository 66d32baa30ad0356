/**
 * @module Cards and bank accounts under Ozura's names, checked, with its words for what is wrong.
 */
import { checkBankAccount, checkCard, checkCvc, type BankAccount, type Card } from '../../card.ts'
import { GatewayError } from '../../errors.ts'
import { Secret } from '../../secret.ts'
import { missingField } from './answer.ts'

/** The fields of `data`, of which each type has some. */
export interface InstrumentData {
  readonly cardNumber?: string
  readonly expirationMonth?: string | number
  readonly expirationYear?: string | number
  readonly cvc?: string
  readonly cvv?: string
  readonly firstName?: string
  readonly lastName?: string
  readonly accountNumber?: string
  readonly routingNumber?: string
}

type Field = keyof InstrumentData

/** Our names of fields, and Ozura's. */
const FIELDS: Readonly<Record<string, Field>> = {
  number: 'cardNumber',
  exp_month: 'expirationMonth',
  exp_year: 'expirationYear',
  holder: 'lastName',
  account_number: 'accountNumber',
  routing_number: 'routingNumber',
}

/** The card. `where` stands before the names of fields in errors. */
export function cardOf(data: InstrumentData, where: string, now: Date): Card {
  refuse(data, ['accountNumber', 'routingNumber'], where)
  const exp_month = present(data, 'expirationMonth', where)
  const exp_year = present(data, 'expirationYear', where)
  const input = { number: present(data, 'cardNumber', where), exp_month, exp_year }
  return told(where, isPast(exp_month, exp_year, now), () =>
    checkCard({ ...input, holder: holderOf(data) }, now, ''),
  )
}

/** The bank account. Ozura's are American: a number and a nine-digit routing number. */
export function bankOf(data: InstrumentData, where: string): BankAccount {
  const card: readonly Field[] = ['cardNumber', 'expirationMonth', 'expirationYear', 'cvc', 'cvv']
  refuse(data, card, where)
  const account_number = present(data, 'accountNumber', where)
  const routing_number = present(data, 'routingNumber', where)
  return told(where, false, () =>
    checkBankAccount({ account_number, routing_number, country: 'US', holder: holderOf(data) }, ''),
  )
}

/** The security code under either name; null where there is none. */
export function cvcOf(data: InstrumentData, where: string, card: Card): Secret | null {
  const field = data.cvc === undefined ? 'cvv' : 'cvc'
  const cvc = data[field]
  if (data.cvc !== undefined && data.cvv !== undefined && data.cvc !== data.cvv) {
    throw wrong(path(where, 'cvv'), 'cvc and cvv are not the same.')
  }
  if (!cvc) return null
  try {
    return new Secret(checkCvc(cvc, card.brand))
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    throw wrong(path(where, field), error.message)
  }
}

/** Throws `Missing required field` where it is not there, or empty. */
export function present<F extends Field>(
  data: InstrumentData,
  field: F,
  where: string,
): NonNullable<InstrumentData[F]> {
  const value = data[field]
  if (value === undefined || value === '') throw missingField(path(where, field))
  return value
}

function refuse(data: InstrumentData, fields: readonly Field[], where: string): void {
  const found = fields.find((field) => data[field] !== undefined)
  if (found) throw wrong(path(where, found), 'The field does not go with this type.')
}

/** Runs a check and tells what it refuses in Ozura's words; ours go into the hint where those replace them. */
function told<T>(where: string, past: boolean, check: () => T): T {
  try {
    return check()
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    const name = error.param?.split('.').at(-1) ?? ''
    const param = path(where, FIELDS[name] ?? 'cardNumber')
    const details = { param, hint: error.message }
    if (name === 'number') throw new GatewayError('invalid_card', 'Invalid card number', details)
    if (name.startsWith('exp_') && past) {
      throw new GatewayError('invalid_card', 'Card has expired', details)
    }
    throw wrong(param, error.message)
  }
}

/** Whether these are a month and a year, and gone by. Only asked of what was refused, so a month of 13 is none. */
function isPast(month: string | number, year: string | number, now: Date): boolean {
  const [mm, given] = [Number(month), Number(year)]
  const yyyy = given < 100 ? 2000 + given : given
  return mm >= 1 && mm <= 12 && yyyy >= 1950 && Date.UTC(yyyy, mm) <= now.getTime()
}

function holderOf({ firstName, lastName }: InstrumentData): string | null {
  return [firstName, lastName].filter(Boolean).join(' ') || null
}

function wrong(param: string, message: string): GatewayError {
  return new GatewayError('invalid_card', message, { param })
}

function path(where: string, field: Field): string {
  return where === '' ? field : `${where}.${field}`
}
