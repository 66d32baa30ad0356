/**
 * @module Adyen's standard notifications: an HMAC in each item, over eight of its values.
 * See https://docs.adyen.com/development-resources/webhooks/verify-hmac-signatures/
 */
import type { Json } from '../../adapter.ts'
import { says } from '../equal.ts'
import { hmacBytes } from '../hmac.ts'
import { at, plainText } from '../join.ts'
import { credentials } from '../parameters.ts'
import { fieldsOf } from '../received.ts'
import { byAnySecret, defineWebhook, refused } from '../webhook.ts'

/** In this order, joined with colons, not escaped. */
const SIGNED = [
  ...['pspReference', 'originalReference', 'merchantAccountCode', 'merchantReference'],
  ...['amount.value', 'amount.currency', 'eventCode', 'success'],
]

/** Webhooks of Adyen for Platforms sign the whole body instead: `hmac` with `key_encoding: hex` and the header `HmacSignature`. */
export const adyen = defineWebhook({
  name: 'adyen',
  about: "Adyen's hmacSignature in each notification item.",
  source: 'https://docs.adyen.com/development-resources/webhooks/verify-hmac-signatures/',
  parameters: { secret: credentials('The HMAC key, in hex.', 'hmac_key') },
  verify({ secret }, input) {
    const list = at(fieldsOf(input.request), 'notificationItems')
    const items = (Array.isArray(list) ? list : []).map((item: Json) =>
      at(item, 'NotificationRequestItem'),
    )
    if (items.length === 0) return refused('the body has no notification items')
    const read = items.map((item) => ({
      given: at(at(item, 'additionalData'), 'hmacSignature'),
      message: SIGNED.map((path) => scalar(at(item, path))).join(':'),
    }))
    return byAnySecret(secret, input, 'adyen', (hex) =>
      read
        .map(({ given, message }) => {
          const expected = hmacBytes('sha256', { hex }, message)
          return typeof given === 'string' && says(given, 'base64', expected)
        })
        // One unsigned item among signed ones would be believed with them.
        .every(Boolean),
    )
  },
})

function scalar(value: Json | undefined): string {
  return typeof value === 'object' ? '' : plainText(value, { scheme: 'adyen', param: 'body' })
}
