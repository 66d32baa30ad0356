/**
 * @module An HMAC over a described message: dLocal, Rapyd, Fiserv, Solidgate and most others.
 */
import { OUTPUT_NAMES } from '../codec.ts'
import { DELIVERY, deliver } from '../deliver.ts'
import { HASH_NAMES } from '../hash.ts'
import { hmac as hmacOf } from '../hmac.ts'
import { message } from '../message.ts'
import { choice, credential } from '../parameters.ts'
import { defineScheme } from '../scheme.ts'
import { secretText } from '../secrets.ts'
import { KEY_ENCODINGS, sharedKey } from '../shared_key.ts'

/**
 * dLocal: `{key: secret, set: {X-Date: '{now|isoms}'}, message: '{header:x-login}{header:x-date}{body}', header:
 * Authorization, value: 'V2-HMAC-SHA256, Signature: {signature}'}`.
 */
export const hmac = defineScheme({
  name: 'hmac',
  about: 'An HMAC over a described message.',
  source: 'RFC 2104',
  parameters: {
    algorithm: choice('The hash.', HASH_NAMES, 'sha256'),
    key: credential('The credential that is the key.'),
    key_encoding: choice('How the key is written.', KEY_ENCODINGS, 'utf8'),
    message: message('What is signed: a template, or how the fields are joined.'),
    output: choice('How the HMAC is written.', OUTPUT_NAMES, 'hex'),
    ...DELIVERY,
  },
  apply: ({ algorithm, key, key_encoding, message, output, ...delivery }, input) =>
    deliver('hmac', delivery, input, (full) => {
      const secret = secretText(input.credentials, key, { scheme: 'hmac', param: 'key' })
      return hmacOf(algorithm, sharedKey(secret, key_encoding), message.bytes(full), output)
    }),
})
