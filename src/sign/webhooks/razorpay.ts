/**
 * @module Razorpay: an HMAC over the body. It carries no time, so that a repeated one is told only by its event id.
 * See https://razorpay.com/docs/webhooks/validate-test/
 */
import { says } from '../equal.ts'
import { hmacBytes } from '../hmac.ts'
import { credentials, text } from '../parameters.ts'
import { headerOf } from '../request.ts'
import { byAnySecret, defineWebhook, refused } from '../webhook.ts'

export const razorpay = defineWebhook({
  name: 'razorpay',
  about: "Razorpay's HMAC over the body.",
  source: 'https://razorpay.com/docs/webhooks/validate-test/',
  parameters: {
    secret: credentials('The webhook secret.', 'webhook_secret'),
    header: text('The header.', 'X-Razorpay-Signature'),
  },
  verify({ secret, header }, input) {
    const given = headerOf(input.request, header)
    if (given === undefined) return refused('the signature is missing')
    return byAnySecret(secret, input, 'razorpay', (key) =>
      says(given, 'hex', hmacBytes('sha256', key, input.request.bytes)),
    )
  },
})
