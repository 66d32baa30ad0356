/**
 * @module Webhooks signed with an HMAC over a described message: most PSPs.
 */
import { says } from '../equal.ts'
import { HASH_NAMES } from '../hash.ts'
import { hmacBytes } from '../hmac.ts'
import { choice } from '../parameters.ts'
import { RECEIVED, verifyReceived } from '../received.ts'
import { KEY_ENCODINGS, sharedKey } from '../shared_key.ts'
import { defineWebhook } from '../webhook.ts'

/** Worldline: `{header: X-GCS-Signature, encoding: base64, message: '{body}'}`. */
export const hmacWebhook = defineWebhook({
  name: 'hmac',
  about: 'An HMAC over a described message.',
  source: 'RFC 2104',
  parameters: {
    algorithm: choice('The hash.', HASH_NAMES, 'sha256'),
    key_encoding: choice('How the secret is written.', KEY_ENCODINGS, 'utf8'),
    ...RECEIVED,
  },
  verify: ({ algorithm, key_encoding, ...received }, input) =>
    verifyReceived('hmac', received, input, (secret, message, signature) => {
      const expected = hmacBytes(algorithm, sharedKey(secret, key_encoding), message)
      return says(signature, received.encoding, expected)
    }),
})
