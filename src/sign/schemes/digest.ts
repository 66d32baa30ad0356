/**
 * @module A digest over a described message that has the secret in it: Praxis, Nuvei, PayU, Ogone, iPay88.
 */
import { OUTPUT_NAMES } from '../codec.ts'
import { DELIVERY, deliver } from '../deliver.ts'
import { HASH_NAMES, hash } from '../hash.ts'
import { message } from '../message.ts'
import { choice } from '../parameters.ts'
import { defineScheme } from '../scheme.ts'

/**
 * Praxis 1.2: `{algorithm: sha384, field: signature, message: {order: sorted, except: [signature], booleans: php,
 * after: '{credential:merchant_secret}'}}`.
 */
export const digest = defineScheme({
  name: 'digest',
  about: 'A hash over a message that holds the secret.',
  source: 'FIPS 180-4, RFC 1321',
  parameters: {
    algorithm: choice('The hash.', HASH_NAMES, 'sha256'),
    message: message('What is hashed: a template, or how the fields are joined.'),
    output: choice('How the digest is written.', OUTPUT_NAMES, 'hex'),
    ...DELIVERY,
  },
  apply: ({ algorithm, message, output, ...delivery }, input) =>
    deliver('digest', delivery, input, (full) => hash(algorithm, message.bytes(full), output)),
})
