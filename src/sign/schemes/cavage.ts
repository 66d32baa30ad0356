/**
 * @module Signatures of draft-cavage-http-signatures with Digest (RFC 3230): CyberSource and banks.
 * See https://developer.cybersource.com/docs/cybs/en-us/platform/developer/all/rest/rest-getting-started/restgs-http-message-intro.html
 */
import { type Place, fault } from '../fault.ts'
import { hash } from '../hash.ts'
import { pair, shared } from '../keyed.ts'
import { choice, credential, names, optional, template, text } from '../parameters.ts'
import { INSTANTS, headerOf, targetOf, withHeaders } from '../request.ts'
import { defineScheme } from '../scheme.ts'
import { secretText } from '../secrets.ts'
import { KEY_ENCODINGS } from '../shared_key.ts'
import type { SchemeInput, SignRequest } from '../types.ts'

const ALGORITHMS = {
  'hmac-sha256': shared('sha256'),
  'hmac-sha512': shared('sha512'),
  'rsa-sha256': pair('rsa-sha256'),
  'rsa-sha512': pair('rsa-sha512'),
  'ecdsa-sha256': pair('ecdsa-sha256-der'),
  ed25519: pair('ed25519'),
}
// Object.keys of a constant gives its keys and no others.
const ALGORITHM_NAMES = Object.keys(ALGORITHMS) as readonly (keyof typeof ALGORITHMS)[]

/** How the header is spelled. CyberSource's own libraries write what the draft does not. */
const STYLES = {
  draft: { keyid: 'keyId', comma: ',', algorithm: (name: string) => name },
  cybersource: {
    keyid: 'keyid',
    comma: ', ',
    algorithm: (name: string) => name.replace(/^hmac-sha/, 'HmacSHA'),
  },
}

/** Lines that are not headers. Both names of the request's target are accepted by CyberSource; the draft has the first. */
const DERIVED: Readonly<Record<string, (request: SignRequest, input: SchemeInput) => string>> = {
  '(request-target)': requestTarget,
  'request-target': requestTarget,
  '(created)': (_, { moment }) => INSTANTS.seconds(moment.now),
  host: (request) => headerOf(request, 'host') ?? targetOf(request, 'cavage').authority,
}

/** CyberSource: `{style: cybersource, headers: [host, date, request-target, digest, v-c-merchant-id], keyid: .., key_encoding: base64}`. */
export const cavage = defineScheme({
  name: 'cavage',
  about: 'HTTP signatures of the draft, with Digest.',
  source: 'draft-cavage-http-signatures-12, RFC 3230',
  parameters: {
    headers: names(
      'The lines that are signed, in order; digest is left out where there is no body.',
      [...['(request-target)', 'host', 'date', 'digest']],
    ),
    algorithm: choice('The algorithm.', ALGORITHM_NAMES, 'hmac-sha256'),
    algorithm_name: optional(text('What the header calls it, such as hs2019.')),
    key: credential('The credential that is the key.'),
    key_encoding: choice('How a shared key is written.', KEY_ENCODINGS, 'utf8'),
    keyid: template('The name of the key.'),
    style: choice('How the header is spelled.', ['draft', 'cybersource'], 'draft'),
    header: text('The header that carries it.', 'Signature'),
    value: template('What is written there, such as Signature {signature}.', '{signature}', [
      'signature',
    ]),
  },
  apply(values, input) {
    const at = (param: string): Place => ({ scheme: 'cavage', param })
    const listed = values.headers.map((name) => name.toLowerCase())
    const lines = listed.filter((name) => name !== 'digest' || input.request.bytes.length > 0)
    const added = { ...dated(lines, input), ...digested(lines, input.request) }
    const request = withHeaders(input.request, added)
    const signed = lines.map((name) => {
      const derive = Object.hasOwn(DERIVED, name) ? DERIVED[name] : undefined
      const value = derive ? derive(request, input) : headerOf(request, name)
      if (value === undefined) throw fault(at('headers'), `has ${name}, which the request does not`)
      return `${name}: ${value}`
    })
    const key = secretText(input.credentials, values.key, at('key'))
    const { sign } = ALGORITHMS[values.algorithm]
    const signature = sign(key, values.key_encoding, signed.join('\n'), 'base64')
    const style = STYLES[values.style]
    const keyid = values.keyid.text(input)
    if (/["\\]/.test(keyid)) throw fault(at('keyid'), 'has a quote in it')
    const parts = [
      `${style.keyid}="${keyid}"`,
      `algorithm="${values.algorithm_name ?? style.algorithm(values.algorithm)}"`,
      ...(lines.includes('(created)') ? [`created=${INSTANTS.seconds(input.moment.now)}`] : []),
      `headers="${lines.join(' ')}"`,
      `signature="${signature}"`,
    ]
    const more = { signature: parts.join(style.comma) }
    return { headers: { ...added, [values.header]: values.value.text({ ...input, more }) } }
  },
})

function requestTarget(request: SignRequest): string {
  return `${request.method.toLowerCase()} ${targetOf(request, 'cavage').target}`
}

/** Date, where it is signed and the request has none. */
function dated(lines: readonly string[], { request, moment }: SchemeInput) {
  const wanted = lines.includes('date') && headerOf(request, 'date') === undefined
  return wanted ? { Date: INSTANTS.http(moment.now) } : {}
}

/** Digest, where it is signed. Always ours: one that came with the request may be of another body. */
function digested(lines: readonly string[], request: SignRequest) {
  if (!lines.includes('digest')) return {}
  return { Digest: `SHA-256=${hash('sha256', request.bytes, 'base64')}` }
}
