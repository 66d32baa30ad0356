/**
 * @module Praxis: a SHA-384 over sorted values and the secret in the body (1.2), or over listed ones in a header (1.3).
 * See https://doc.praxiscashier.com/integration_docs/3.4/overview/how_to_build_signature
 * See https://docs.praxis.tech/reference/paymentnotification
 */
import type { Json } from '../../adapter.ts'
import { GatewayError } from '../../errors.ts'
import { says } from '../equal.ts'
import { hashBytes } from '../hash.ts'
import { at, join } from '../join.ts'
import { choice, credentials, names, optional, seconds, text } from '../parameters.ts'
import { fieldsOf } from '../received.ts'
import { headerOf } from '../request.ts'
import { byAnySecret, defineWebhook, refused, staleness } from '../webhook.ts'

/** Version 1.3, by a field that only this kind of message has. Null values are skipped, which writes nothing either way. */
const ORDERS: readonly (readonly [has: string, order: readonly string[]])[] = [
  // From code that verifies them, not from Praxis's own pages.
  [
    'event',
    [
      ...['event', 'merchant_id', 'application_key', 'cid', 'plan_id', 'subscription_id'],
      ...['subscription_status', 'timestamp'],
    ],
  ],
  [
    'transaction_attempt',
    [
      ...['merchant_id', 'application_key', 'timestamp', 'customer.customer_token'],
      ...['session.order_id', 'transaction_attempt.currency', 'transaction_attempt.amount'],
      ...['transaction_attempt.conversion_rate', 'transaction_attempt.attempted_currency'],
      'transaction_attempt.attempted_amount',
    ],
  ],
  [
    'session',
    [
      ...['merchant_id', 'application_key', 'timestamp', 'customer.customer_token'],
      ...['session.order_id', 'transaction.tid', 'transaction.currency', 'transaction.amount'],
      ...['transaction.conversion_rate', 'transaction.processed_currency'],
      'transaction.processed_amount',
    ],
  ],
]

export const praxis = defineWebhook({
  name: 'praxis',
  about: "Praxis's notifications, versions 1.2 and 1.3.",
  source: 'https://docs.praxis.tech/reference/paymentnotification',
  parameters: {
    secret: credentials('The merchant secret.', 'merchant_secret'),
    version: choice('1.2: in the body; 1.3: in a header.', ['1.2', '1.3'], '1.3'),
    header: text('The header of version 1.3.', 'Gt-Authentication'),
    order: optional(names('What version 1.3 signs; without it, what the kind of message says.')),
    tolerance: optional(
      seconds('How many seconds the time may differ from now; unlimited without.'),
    ),
  },
  verify({ secret, version, header, order, tolerance }, input) {
    const fields = fieldsOf(input.request)
    const given = version === '1.2' ? at(fields, 'signature') : headerOf(input.request, header)
    if (typeof given !== 'string') return refused('the signature is missing')
    if (tolerance !== undefined) {
      const time = at(fields, 'timestamp')
      const stale = staleness(typeof time === 'string' ? time : undefined, input.now, tolerance)
      if (stale !== null) return refused(stale)
    }
    const listed = order ?? ORDERS.find(([has]) => at(fields, has) !== undefined)?.[1]
    if (version === '1.3' && listed === undefined) return refused('the kind of message is unknown')
    const values = joined(fields, version === '1.2' ? 'sorted' : (listed ?? []))
    if (values === null) return refused('the body has nested values where plain ones are signed')
    return byAnySecret(secret, input, 'praxis', (key) =>
      says(given, 'hex', hashBytes('sha384', `${values}${key}`)),
    )
  },
})

function joined(
  fields: Readonly<Record<string, Json>>,
  order: 'sorted' | readonly string[],
): string | null {
  try {
    return join(fields, { order, except: ['signature'], booleans: 'php' })
  } catch (error) {
    if (error instanceof GatewayError) return null
    throw error
  }
}
