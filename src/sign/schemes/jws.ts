/**
 * @module The body signed as a JWS: compact in place of the body or in a header, or detached in a header. RFC 7515, RFC 7797.
 */
import { FlattenedSign } from 'jose'
import { fault } from '../fault.ts'
import { JOSE_KEY_FORMATS, joseKey } from '../jose_key.ts'
import { choice, credential, flag, optional, template, templates, text } from '../parameters.ts'
import { defineScheme } from '../scheme.ts'
import { secretText } from '../secrets.ts'
import { type JoseHeader, filledHeader } from '../jose_header.ts'

/** Algorithms of jose for JWS and JWT. RFC 7518, 3.1; RFC 8037. */
export const JWS_ALGORITHMS = [
  ...['HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA'],
]

/** Signs bytes: the protected header is `alg` and then the rest, in order. Gives the three parts of the compact form. */
export async function jwsOf(
  scheme: string,
  payload: Uint8Array,
  header: JoseHeader,
  key: ReturnType<typeof joseKey>,
): Promise<{ readonly protected: string; readonly payload: string; readonly signature: string }> {
  try {
    const jws = new FlattenedSign(payload).setProtectedHeader(header)
    const signed = await jws.sign(key)
    return { protected: '', ...signed }
  } catch {
    // The cause may tell of the key.
    throw fault({ scheme, param: 'key' }, `does not sign with ${header.alg}`)
  }
}

export const jws = defineScheme({
  name: 'jws',
  about: 'The body signed as a JWS, whole or detached.',
  source: 'RFC 7515, RFC 7797',
  parameters: {
    algorithm: choice('The algorithm of JOSE.', JWS_ALGORITHMS),
    key: credential('The credential that is the key.', 'private_key'),
    key_format: choice('How the key is written.', JOSE_KEY_FORMATS, 'pem'),
    protected: templates('Further fields of the protected header, such as kid.'),
    detached: flag('Leaves the payload out of the JWS, which goes into a header.', true),
    unencoded: flag('Signs the body as it is, not its base64url: b64 false, RFC 7797.', false),
    payload: template('What is signed.', '{body}'),
    header: optional(
      text('The header that carries it; without it, it is sent in place of the body.'),
    ),
    content_type: text(
      'The content type, where it is sent in place of the body.',
      'application/jose',
    ),
  },
  async apply(values, input) {
    const { algorithm, detached, unencoded, header, content_type } = values
    const at = (param: string) => ({ scheme: 'jws', param })
    if (detached && header === undefined) throw fault(at('header'), 'is missing for a detached JWS')
    if (unencoded && !detached) throw fault(at('unencoded'), 'is for a detached JWS')
    const text = secretText(input.credentials, values.key, at('key'))
    const key = joseKey(text, values.key_format, 'private', at('key'))
    const fields = filledHeader(algorithm, values.protected, input)
    const extension = unencoded ? { b64: false, crit: ['b64'] } : {}
    const payload = values.payload.bytes(input)
    const made = await jwsOf('jws', payload, { ...fields, ...extension }, key)
    const compact = [made.protected, detached ? '' : made.payload, made.signature].join('.')
    if (header !== undefined) return { headers: { [header]: compact } }
    return { headers: { 'Content-Type': content_type }, bytes: new TextEncoder().encode(compact) }
  },
})
