/**
 * @module Standard Webhooks: an HMAC over id, time and body, as Svix sends it.
 * See https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
import { says } from '../equal.ts'
import { hmacBytes } from '../hmac.ts'
import { credentials, seconds, text } from '../parameters.ts'
import { headerOf } from '../request.ts'
import { byAnySecret, defineWebhook, refused, staleness } from '../webhook.ts'

export const standard = defineWebhook({
  name: 'standard-webhooks',
  about: 'webhook-id, webhook-timestamp and webhook-signature.',
  source:
    'https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md',
  parameters: {
    secret: credentials('The secret: base64, with or without whsec_ before it.', 'webhook_secret'),
    prefix: text('How the headers begin; svix with Svix.', 'webhook'),
    tolerance: seconds('How many seconds the time may differ from now.', 300),
  },
  verify({ secret, prefix, tolerance }, input) {
    const read = (name: string) => headerOf(input.request, `${prefix}-${name}`)
    const [id, time, list] = [read('id'), read('timestamp'), read('signature')]
    if (id === undefined || list === undefined) return refused('the signature is missing')
    const stale = staleness(time, input.now, tolerance)
    if (stale !== null) return refused(stale)
    // v1a, an Ed25519 signature, is of another kind of secret.
    const signatures = list
      .split(' ')
      .flatMap((item) => (item.startsWith('v1,') ? [item.slice(3)] : []))
    const message = Buffer.concat([Buffer.from(`${id}.${time}.`), input.request.bytes])
    return byAnySecret(secret, input, 'standard-webhooks', (text) => {
      const expected = hmacBytes('sha256', { base64: text.replace(/^whsec_/, '') }, message)
      return signatures.map((given) => says(given, 'base64', expected)).includes(true)
    })
  },
})
