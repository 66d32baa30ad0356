/**
 * @module Webhooks signed with a digest over a described message that has the secret in it: Ogone, PayU, Nuvei.
 */
import { says } from '../equal.ts'
import { HASH_NAMES, hashBytes } from '../hash.ts'
import { choice } from '../parameters.ts'
import { RECEIVED, verifyReceived } from '../received.ts'
import { defineWebhook } from '../webhook.ts'

/** The message holds `{secret}`, whichever of several is tried: `{order: sorted, after: '{secret}'}`. */
export const digestWebhook = defineWebhook({
  name: 'digest',
  about: 'A hash over a described message that holds the secret.',
  source: 'FIPS 180-4, RFC 1321',
  parameters: { algorithm: choice('The hash.', HASH_NAMES, 'sha256'), ...RECEIVED },
  verify: ({ algorithm, ...received }, input) =>
    verifyReceived('digest', received, input, (_secret, message, signature) =>
      says(signature, received.encoding, hashBytes(algorithm, message)),
    ),
})
