/**
 * @module A forward by account as the API takes it, checked: amount, URLs, dates, countries.
 */
import type { Json } from '../adapter.ts'
import { GatewayError } from '../errors.ts'
import type { Wish } from '../forward/call.ts'
import { checkAmount } from '../money.ts'
import type { ForwardByAccount } from './forward_schemas.ts'

/** Throws `invalid_request`, naming the field. */
export function wishOf(input: ForwardByAccount): Wish {
  const { amount, reference, return_url, notification_url, customer, billing_address, device } =
    input
  if (return_url !== undefined) checkUrl(return_url, 'return_url')
  if (notification_url !== undefined) checkUrl(notification_url, 'notification_url')
  if (customer?.['dob'] !== undefined) checkDate(customer['dob'], 'customer.dob')
  if (billing_address?.['country'] !== undefined) checkCountry(billing_address['country'])
  return {
    kind: 'intent',
    operation: input.operation,
    intent: {
      // Parsed from JSON, so its values are Json.
      extra: (input.extra ?? {}) as Readonly<Record<string, Json>>,
      ...(amount && { amount: checkAmount(amount, 'amount') }),
      ...(reference !== undefined && { reference }),
      ...(return_url !== undefined && { return_url }),
      ...(notification_url !== undefined && { notification_url }),
      ...(customer && { customer }),
      ...(billing_address && { billing_address }),
      ...(device && { device }),
    },
  }
}

function checkUrl(text: string, param: string): void {
  const url = URL.parse(text)
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && url.hostname === 'localhost'))
    return
  throw new GatewayError('invalid_request', `${param} must be an https URL.`, { param })
}

function checkDate(text: string, param: string): void {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  if (!Number.isNaN(time) && new Date(time).toISOString().startsWith(text)) return
  throw new GatewayError('invalid_request', `${param} must be a date such as 1980-05-31.`, {
    param,
  })
}

function checkCountry(text: string): void {
  if (/^[A-Z]{2}$/.test(text)) return
  throw new GatewayError('invalid_request', 'A country must be ISO 3166-1 alpha-2, such as DE.', {
    param: 'billing_address.country',
  })
}
