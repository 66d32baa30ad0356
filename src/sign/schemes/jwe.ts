/**
 * @module The body encrypted as a JWE: CyberSource's message-level encryption, Mastercard's payload encryption. RFC 7516.
 */
import { CompactEncrypt, compactDecrypt } from 'jose'
import { fault } from '../fault.ts'
import { filledHeader } from '../jose_header.ts'
import { JOSE_KEY_FORMATS, type JoseKeyFormat, joseKey } from '../jose_key.ts'
import { choice, credential, optional, templates, text } from '../parameters.ts'
import { defineScheme } from '../scheme.ts'
import { secretText } from '../secrets.ts'

/** RFC 7518, 4.1. RSA1_5 is not among them: jose leaves it out, for what RFC 8017, 7.2 says of it. */
const ALGORITHMS = [
  ...['RSA-OAEP-256', 'RSA-OAEP', 'RSA-OAEP-384', 'RSA-OAEP-512', 'ECDH-ES', 'ECDH-ES+A256KW'],
  ...['dir', 'A128KW', 'A192KW', 'A256KW', 'A128GCMKW', 'A192GCMKW', 'A256GCMKW'],
]
const ENCRYPTIONS = [
  ...['A256GCM', 'A192GCM', 'A128GCM', 'A128CBC-HS256', 'A192CBC-HS384', 'A256CBC-HS512'],
]

export const jwe = defineScheme({
  name: 'jwe',
  about: 'The body encrypted as a JWE, alone or in a field of JSON.',
  source: 'RFC 7516',
  parameters: {
    algorithm: choice('How the content key is given.', ALGORITHMS, 'RSA-OAEP-256'),
    encryption: choice('How the content is encrypted.', ENCRYPTIONS, 'A256GCM'),
    key: credential("The credential that is the PSP's key.", 'encryption_key'),
    key_format: choice(
      'How the key is written; pem may be a certificate.',
      JOSE_KEY_FORMATS,
      'pem',
    ),
    protected: templates('Further fields of the protected header, such as kid, cty, iat.'),
    field: optional(
      text('The field of a JSON object that carries it; without it, it is the body.'),
    ),
    content_type: text(
      'The content type without field; with it, application/json.',
      'application/jose',
    ),
  },
  async apply(values, input) {
    const at = { scheme: 'jwe', param: 'key' }
    const secret = secretText(input.credentials, values.key, at)
    const key = joseKey(secret, values.key_format, 'public', at)
    const { alg, ...rest } = filledHeader(values.algorithm, values.protected, input)
    const enc = values.encryption
    let sealed: string
    try {
      sealed = await new CompactEncrypt(input.request.bytes)
        .setProtectedHeader(Object.assign({ alg, enc }, rest, { enc }))
        .encrypt(key)
    } catch {
      // The cause may tell of the key.
      throw fault(at, `does not encrypt with ${values.algorithm}`)
    }
    const { field } = values
    const body = field === undefined ? sealed : JSON.stringify({ [field]: sealed })
    const type = field === undefined ? values.content_type : 'application/json'
    return { headers: { 'Content-Type': type }, bytes: new TextEncoder().encode(body) }
  },
})

/** The plaintext of a compact JWE in an answer, under the merchant's own key. Throws one error for all causes. */
export async function decryptJwe(
  compact: string,
  key: string,
  format: JoseKeyFormat = 'pem',
): Promise<Uint8Array> {
  const loaded = joseKey(key, format, 'private', { scheme: 'decryptJwe', param: 'key' })
  try {
    const { plaintext } = await compactDecrypt(compact, loaded, {
      keyManagementAlgorithms: ALGORITHMS,
      contentEncryptionAlgorithms: ENCRYPTIONS,
    })
    return plaintext
  } catch {
    // Which step failed stays untold.
    throw fault({ scheme: 'decryptJwe', param: 'text' }, 'does not decrypt under this key')
  }
}
