/** @module Amounts in currencies without decimals, with two and with three: the PSP is asked for the same money. */
import { GatewayError } from '../../errors.ts'
import { toDecimal } from '../../money.ts'
import { complaint, type Complaint } from '../finding.ts'
import { eachPlan, type Rule } from '../rule.ts'
import type { Subject, Trial } from '../subject.ts'

/** Minor units that are found nowhere else; the second would show an error of binary fractions. */
const AMOUNTS = [
  { minor: 730_451, currency: 'JPY', number: '392' },
  { minor: 111_029, currency: 'EUR', number: '978' },
  { minor: 20_017, currency: 'EUR', number: '978' },
  { minor: 1_234_567, currency: 'KWD', number: '414' },
] as const

export const amounts: Rule = {
  name: 'amounts',
  asks: 'amounts are right for currencies with no, two and three decimals',
  check: (subject) =>
    eachPlan(subject, (_, trial) =>
      // The check of a card is for no amount, or for one that the PSP fixes.
      trial.intent.amount === undefined || trial.operation === 'verify'
        ? []
        : AMOUNTS.flatMap((one) => wrong(subject, trial, one)),
    ),
}

function wrong(
  subject: Subject,
  trial: Trial,
  amount: (typeof AMOUNTS)[number],
): readonly Complaint[] {
  const { minor, currency, number } = amount
  const { operation, intent } = trial
  const decimal = toDecimal(amount)
  try {
    const job = subject.plan({ ...trial, intent: { ...intent, amount: { minor, currency } } })
    const sent = subject.written(job)
    const own = subject.fixtures.sample.amounts?.[`${currency} ${minor}`]
    const right = own === undefined ? [String(minor), decimal] : [own]
    const amountThere = right.some((text) => has(sent, text))
    const currencyThere = new RegExp(`\\b(${currency}|${number})\\b`, 'i').test(sent)
    // An operation that never sends an amount, such as the capture of all of it, sends none of these.
    if (!amountThere && sent === subject.written(subject.plan(trial))) return []
    const fix = `send intent.amount.minor, or decimal(intent.amount) of the kit: ${minor} of ${currency} are ${decimal}. Other units of this PSP belong into sample.json: {"amounts": {"${currency} ${minor}": ".."}}`
    return [
      ...(amountThere
        ? []
        : [complaint(operation, `${decimal} ${currency} are sent as another amount`, fix)]),
      ...(currencyThere ||
      subject.fixtures.sample.currency_of_account === true ||
      operation === 'capture' ||
      operation === 'refund'
        ? []
        : [complaint(operation, `the currency of ${decimal} ${currency} is not sent`, fix)]),
    ]
  } catch (error) {
    // A currency that the PSP does not have is refused by check.
    if (error instanceof GatewayError && error.code === 'missing_fields') return []
    throw error
  }
}

/** Whether the number stands in the text by itself; zeros may stand in front of it. */
function has(text: string, number: string): boolean {
  return new RegExp(`(?<![\\d.]|[1-9]0*)0*${number.replace('.', '[.,]')}(?![\\d]|[.,]\\d)`).test(
    text,
  )
}
