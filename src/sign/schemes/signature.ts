/**
 * @module An RSA, ECDSA or Ed25519 signature over a described message: Clearhaus, Antom.
 */
import { SIGNATURE_ALGORITHMS, sign } from '../asymmetric.ts'
import { OUTPUT_NAMES } from '../codec.ts'
import { DELIVERY, deliver } from '../deliver.ts'
import { message } from '../message.ts'
import { choice, credential } from '../parameters.ts'
import { defineScheme } from '../scheme.ts'
import { secretText } from '../secrets.ts'

/** Clearhaus: `{algorithm: rsa-sha256, key: .., message: '{body}', output: hex, header: Signature, value: '{credential:key_id} RS256-hex {signature}'}`. */
export const signature = defineScheme({
  name: 'signature',
  about: 'A signature with a private key over a described message.',
  source: 'RFC 8017, FIPS 186-5, RFC 8032',
  parameters: {
    algorithm: choice('The algorithm.', SIGNATURE_ALGORITHMS, 'rsa-sha256'),
    key: credential('The credential that is the private key.', 'private_key'),
    message: message('What is signed: a template, or how the fields are joined.'),
    output: choice('How the signature is written.', OUTPUT_NAMES, 'base64'),
    ...DELIVERY,
  },
  apply: ({ algorithm, key, message, output, ...delivery }, input) =>
    deliver('signature', delivery, input, (full) => {
      const secret = secretText(input.credentials, key, { scheme: 'signature', param: 'key' })
      return sign(algorithm, secret, message.bytes(full), output)
    }),
})
