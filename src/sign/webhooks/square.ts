/**
 * @module Square: an HMAC over the address that it was told to call and the body.
 * See https://developer.squareup.com/docs/webhooks/step3validate
 */
import { says } from '../equal.ts'
import { hmacBytes } from '../hmac.ts'
import { credentials, optional, text } from '../parameters.ts'
import { headerOf } from '../request.ts'
import { byAnySecret, defineWebhook, refused } from '../webhook.ts'

export const square = defineWebhook({
  name: 'square',
  about: "Square's HMAC over address and body.",
  source: 'https://developer.squareup.com/docs/webhooks/step3validate',
  parameters: {
    secret: credentials('The signature key.', 'signature_key'),
    url: optional(text('The address as Square knows it; without it, that of the request.')),
    header: text('The header.', 'x-square-hmacsha256-signature'),
  },
  verify({ secret, url, header }, input) {
    const given = headerOf(input.request, header)
    if (given === undefined) return refused('the signature is missing')
    const { request } = input
    const message = Buffer.concat([Buffer.from(url ?? request.url), request.bytes])
    return byAnySecret(secret, input, 'square', (key) =>
      says(given, 'base64', hmacBytes('sha256', key, message)),
    )
  },
})
