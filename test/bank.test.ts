/**
 * @module Bank accounts: published IBANs and routing numbers pass, mistyped ones do not.
 */
import { describe, expect, test } from 'bun:test'
import { checkBankAccount, type BankAccountInput } from '../src/card.ts'
import { GatewayError } from '../src/errors.ts'

function refusedParam(input: BankAccountInput): string | null {
  try {
    checkBankAccount(input)
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    expect(error.code).toBe('invalid_card')
    expect(error.message).not.toContain(input.account_number)
    return error.param
  }
  throw new Error('nothing was refused')
}

describe('IBAN', () => {
  // Examples of the SWIFT IBAN registry.
  const examples = [
    'GB29 NWBK 6016 1331 9268 19',
    'DE89 3704 0044 0532 0130 00',
    'FR14 2004 1010 0505 0001 3M02 606',
    'NO93 8601 1117 947',
    'MT84 MALT 0110 0001 2345 MTLC AST0 01S',
    'NL91 ABNA 0417 1643 00',
    'SA03 8000 0000 6080 1016 7519',
    'BR18 0036 0305 0000 1000 9795 493C 1',
  ]
  test.each(examples)('%s', (iban) => {
    const plain = iban.replaceAll(' ', '')
    const account = checkBankAccount({ account_number: iban.toLowerCase() })
    expect(account.account_number).toBe(plain)
    expect(account.last4).toBe(plain.slice(-4))
    const at = 6
    const wrong = plain.slice(0, at) + (plain[at] === '7' ? '8' : '7') + plain.slice(at + 1)
    expect(refusedParam({ account_number: wrong })).toBe('bank_account.account_number')
    expect(refusedParam({ account_number: plain.slice(0, -1) })).toBe('bank_account.account_number')
  })

  test('what begins with no country of the registry is some other account number', () => {
    expect(checkBankAccount({ account_number: 'ZZ00 1234-5678' }).account_number).toBe(
      'ZZ0012345678',
    )
  })
})

describe('routing number', () => {
  // Stripe's test number, and two of the Federal Reserve's.
  test.each(['110000000', '021000021', '011401533'])('%s', (routing_number) => {
    const account = checkBankAccount({
      account_number: '000123456789',
      routing_number,
      account_type: 'checking',
      holder: 'Jane Doe',
      country: 'US',
    })
    expect(account).toEqual({
      account_number: '000123456789',
      routing_number,
      account_type: 'checking',
      holder: 'Jane Doe',
      country: 'US',
      last4: '6789',
    })
  })

  test('is checked where it is American', () => {
    const account_number = '000123456789'
    const param = 'bank_account.routing_number'
    expect(refusedParam({ account_number, routing_number: '110000001' })).toBe(param)
    expect(refusedParam({ account_number, routing_number: '000000000' })).toBe(param)
    expect(refusedParam({ account_number, routing_number: '1234', country: 'US' })).toBe(param)
    expect(refusedParam({ account_number, routing_number: 'a/b' })).toBe(param)
    const canadian = { account_number, routing_number: '11000-000', country: 'CA' }
    expect(checkBankAccount(canadian).routing_number).toBe('11000-000')
    const other = { account_number, routing_number: '110000001', country: 'CA' }
    expect(checkBankAccount(other).routing_number).toBe('110000001')
    expect(checkBankAccount({ account_number, routing_number: ' ' }).routing_number).toBeNull()
  })
})

test('other fields', () => {
  const account_number = '12345678'
  expect(refusedParam({ account_number: '123' })).toBe('bank_account.account_number')
  expect(refusedParam({ account_number: '1'.repeat(35) })).toBe('bank_account.account_number')
  expect(refusedParam({ account_number: '1234_5678' })).toBe('bank_account.account_number')
  expect(refusedParam({ account_number, account_type: 'current' })).toBe(
    'bank_account.account_type',
  )
  expect(refusedParam({ account_number, country: 'usa' })).toBe('bank_account.country')
  expect(refusedParam({ account_number, holder: 'a\tb' })).toBe('bank_account.holder')
  expect(checkBankAccount({ account_number: '12345' }).last4).toBe('5')
  expect(checkBankAccount({ account_number: '1234' }).last4).toBe('')
})
