/**
 * @module A key or token in a header, under the word a PSP wants. RFC 6750.
 */
import { credential, text } from '../parameters.ts'
import { defineScheme } from '../scheme.ts'
import { secretText } from '../secrets.ts'

/** With an empty `word` the header holds the key alone: Adyen's `X-API-Key`. */
export const bearer = defineScheme({
  name: 'bearer',
  about: 'A key or token as it is.',
  source: 'RFC 6750',
  parameters: {
    token: credential('The credential.', 'api_key'),
    header: text('The header.', 'Authorization'),
    word: text('What stands before the token.', 'Bearer'),
  },
  apply({ token, header, word }, { credentials }) {
    const value = secretText(credentials, token, { scheme: 'bearer', param: 'token' })
    return { headers: { [header]: word === '' ? value : `${word} ${value}` } }
  },
})
