/**
 * @module A JWT for each request, whose claims bind it: CyberSource's, and others that sign a token instead of a message. RFC 7519.
 */
import { filled, filledHeader } from '../jose_header.ts'
import { JOSE_KEY_FORMATS, joseKey } from '../jose_key.ts'
import { choice, credential, template, templates, text } from '../parameters.ts'
import { defineScheme } from '../scheme.ts'
import { secretText } from '../secrets.ts'
import { JWS_ALGORITHMS, jwsOf } from './jws.ts'

/**
 * Claims keep the document's order. CyberSource's version 2: `{digest: '{body|sha256|base64}', digest-algorithm: SHA-256,
 * iat: '{now}', exp: '{now+120}', request-host: '{host}', ..}`.
 */
export const jwt = defineScheme({
  name: 'jwt',
  about: 'A signed token for each request.',
  source: 'RFC 7519',
  parameters: {
    algorithm: choice('The algorithm of JOSE.', JWS_ALGORITHMS),
    key: credential('The credential that is the key.', 'private_key'),
    key_format: choice('How the key is written.', JOSE_KEY_FORMATS, 'pem'),
    type: text('The field typ of the token; empty for none.', 'JWT'),
    protected: templates('Further fields of its header, such as kid.'),
    claims: templates('The claims.'),
    header: text('The header of the request that carries it.', 'Authorization'),
    value: template('What is written there.', 'Bearer {token}', ['token']),
  },
  async apply(values, input) {
    const at = { scheme: 'jwt', param: 'key' }
    const text = secretText(input.credentials, values.key, at)
    const key = joseKey(text, values.key_format, 'private', at)
    const claims = Buffer.from(JSON.stringify(filled(values.claims, input)))
    const rest = filledHeader(values.algorithm, values.protected, input)
    // `typ` first: the order of CyberSource's own library.
    const header = values.type === '' ? rest : { typ: values.type, ...rest }
    const made = await jwsOf('jwt', claims, header, key)
    const token = [made.protected, made.payload, made.signature].join('.')
    return { headers: { [values.header]: values.value.text({ ...input, more: { token } }) } }
  },
})
