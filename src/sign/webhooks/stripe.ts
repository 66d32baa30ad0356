/**
 * @module Stripe-Signature: the time and an HMAC over it and the body.
 * See https://docs.stripe.com/webhooks#verify-manually
 */
import { says } from '../equal.ts'
import { hmacBytes } from '../hmac.ts'
import { credentials, seconds, text } from '../parameters.ts'
import { headerOf } from '../request.ts'
import { byAnySecret, defineWebhook, items, refused, staleness } from '../webhook.ts'

export const stripe = defineWebhook({
  name: 'stripe',
  about: "Stripe's t and v1.",
  source: 'https://docs.stripe.com/webhooks#verify-manually',
  parameters: {
    // The whole text is the key, `whsec_` too.
    secret: credentials('The signing secret, whsec_..', 'webhook_secret'),
    header: text('The header.', 'Stripe-Signature'),
    tolerance: seconds('How many seconds the time may differ from now.', 300),
  },
  verify({ secret, header, tolerance }, input) {
    const found = items(headerOf(input.request, header) ?? '')
    const time = found.find(([name]) => name === 't')?.[1]
    // Several while a secret is changed. Other versions, such as v0 of test events, are not looked at.
    const signatures = found.flatMap(([name, value]) => (name === 'v1' ? [value] : []))
    if (time === undefined || signatures.length === 0) return refused('the signature is missing')
    const stale = staleness(time, input.now, tolerance)
    if (stale !== null) return refused(stale)
    const message = Buffer.concat([Buffer.from(`${time}.`), input.request.bytes])
    return byAnySecret(secret, input, 'stripe', (key) => {
      const expected = hmacBytes('sha256', key, message)
      return signatures.map((given) => says(given, 'hex', expected)).includes(true)
    })
  },
})
