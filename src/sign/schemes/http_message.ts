/**
 * @module HTTP message signatures: Signature-Input and Signature over chosen components, with Content-Digest. RFC 9421, RFC 9530.
 */
import { DIGEST_ALGORITHMS, contentDigest } from '../content_digest.ts'
import { fault } from '../fault.ts'
import {
  HTTP_MESSAGE_ALGORITHMS,
  HTTP_MESSAGE_ALGORITHM_NAMES,
} from '../http_message_algorithms.ts'
import {
  choice,
  credential,
  flag,
  names,
  optional,
  seconds,
  template,
  text,
} from '../parameters.ts'
import { headerOf, withHeaders } from '../request.ts'
import { defineScheme } from '../scheme.ts'
import { secretText } from '../secrets.ts'
import { KEY_ENCODINGS } from '../shared_key.ts'
import { component, identifier, signatureBase } from '../signature_base.ts'

export const httpMessage = defineScheme({
  name: 'http-message',
  about: 'HTTP message signatures.',
  source: 'RFC 9421, RFC 9530',
  parameters: {
    components: names('What is covered: @method, @path, content-digest, ..', [
      ...['@method', '@target-uri', 'content-type', 'content-digest'],
    ]),
    algorithm: choice('The algorithm.', HTTP_MESSAGE_ALGORITHM_NAMES),
    key: credential('The credential that is the key.', 'private_key'),
    key_encoding: choice('How a shared key is written.', KEY_ENCODINGS, 'base64'),
    keyid: template('The name of the key.'),
    label: text('The name of the signature in its headers.', 'sig1'),
    created: flag('Says when it was made.', true),
    expires: optional(seconds('How long it is valid.')),
    nonce: flag('Adds a nonce.', false),
    alg: flag('Names the algorithm.', false),
    tag: optional(text('Says what the signature is for.')),
    digest: choice('The algorithm of Content-Digest.', DIGEST_ALGORITHMS, 'sha-256'),
  },
  apply(values, input) {
    const at = (param: string) => ({ scheme: 'http-message', param })
    const { moment, credentials } = input
    const quoted = (param: string, text: string) => {
      if (!/^[\x20-\x7e]*$/.test(text)) throw fault(at(param), 'is not printable ASCII')
      return `"${text.replace(/[\\"]/g, '\\$&')}"`
    }
    if (!/^[a-z*][a-z0-9_.*-]*$/.test(values.label))
      throw fault(at('label'), 'is not a key of RFC 8941')
    const components = values.components.map((item) => component(item, at('components')))
    const now = Math.floor(moment.now)
    const params = [
      `(${components.map(identifier).join(' ')})`,
      values.created ? `created=${now}` : '',
      values.expires === undefined ? '' : `expires=${now + values.expires}`,
      `keyid=${quoted('keyid', values.keyid.text(input))}`,
      values.alg ? `alg="${values.algorithm}"` : '',
      values.nonce ? `nonce=${quoted('nonce', moment.nonce)}` : '',
      values.tag === undefined ? '' : `tag=${quoted('tag', values.tag)}`,
    ].filter((part) => part !== '')

    const digested =
      components.some(({ name }) => name === 'content-digest') &&
      headerOf(input.request, 'content-digest') === undefined
    const headers: Record<string, string> = digested
      ? { 'Content-Digest': contentDigest(values.digest, input.request.bytes) }
      : {}
    const request = withHeaders(input.request, headers)
    const base = signatureBase(request, components, params.join(';'), at('components'))
    const key = secretText(credentials, values.key, at('key'))
    const { sign } = HTTP_MESSAGE_ALGORITHMS[values.algorithm]
    const signature = sign(key, values.key_encoding, base, 'base64')
    return {
      headers: {
        ...headers,
        'Signature-Input': `${values.label}=${params.join(';')}`,
        Signature: `${values.label}=:${signature}:`,
      },
    }
  },
})
