/**
 * @module OAuth 1.0a in the Authorization header: HMAC and RSA, with Mastercard's body hash. RFC 5849.
 * See https://developer.mastercard.com/platform/documentation/authentication/using-oauth-1a-to-access-mastercard-apis/
 */
import { hash } from '../hash.ts'
import { pair, shared } from '../keyed.ts'
import { choice, credential, flag, optional, template, templates, text } from '../parameters.ts'
import {
  INSTANTS,
  headerOf,
  pairsOf,
  percentDecoded,
  percentEncoded,
  targetOf,
} from '../request.ts'
import { defineScheme } from '../scheme.ts'
import { secretText } from '../secrets.ts'
import type { SignRequest } from '../types.ts'

/** RFC 5849, 3.4, and Mastercard's SHA-256 kinds. */
const METHODS = {
  'HMAC-SHA1': { ...shared('sha1'), pair: false },
  'HMAC-SHA256': { ...shared('sha256'), pair: false },
  'RSA-SHA1': { ...pair('rsa-sha1'), pair: true },
  'RSA-SHA256': { ...pair('rsa-sha256'), pair: true },
}
// Object.keys of a constant gives its keys and no others.
const METHOD_NAMES = Object.keys(METHODS) as readonly (keyof typeof METHODS)[]

/**
 * How oauth_ values are written, in the header and in what is signed. Mastercard's own library leaves them as they are, and its
 * consumer keys have an exclamation mark, so that it makes a difference.
 */
const STYLES = {
  rfc5849: { comma: ', ', write: percentEncoded },
  mastercard: { comma: ',', write: (value: string) => value },
}

type Pair = readonly [name: string, value: string]

/** Mastercard: `{method: RSA-SHA256, key: signing_key, style: mastercard, body_hash: true}`. */
export const oauth1 = defineScheme({
  name: 'oauth1',
  about: 'OAuth 1.0a.',
  source: 'RFC 5849',
  parameters: {
    method: choice('The signature method.', METHOD_NAMES, 'HMAC-SHA1'),
    consumer_key: credential('The credential that names the client.', 'consumer_key'),
    key: credential('The consumer secret, or the private key for RSA.', 'consumer_secret'),
    token: optional(credential('The credential that is a token.')),
    token_secret: optional(credential('The credential that is its secret.')),
    extra: templates('Further oauth_ values, such as oauth_callback.'),
    body_hash: flag(
      'Adds oauth_body_hash over the body, SHA-256; else a form is signed by its fields.',
      false,
    ),
    version: flag('Adds oauth_version 1.0.', true),
    nonce: template('The nonce.', '{nonce}'),
    realm: optional(text('The realm, which is not signed.')),
    style: choice('How the header is spelled.', ['rfc5849', 'mastercard'], 'rfc5849'),
  },
  apply(values, input) {
    const { request, credentials, moment } = input
    const read = (param: string, name: string) =>
      secretText(credentials, name, { scheme: 'oauth1', param })
    const body: readonly Pair[] = values.body_hash
      ? [['oauth_body_hash', hash('sha256', request.bytes, 'base64')]]
      : []
    const token: readonly Pair[] =
      values.token === undefined ? [] : [['oauth_token', read('token', values.token)]]
    const version: readonly Pair[] = values.version ? [['oauth_version', '1.0']] : []
    const oauth: readonly Pair[] = [
      ...body,
      ['oauth_consumer_key', read('consumer_key', values.consumer_key)],
      ['oauth_nonce', values.nonce.text(input)],
      ['oauth_signature_method', values.method],
      ['oauth_timestamp', INSTANTS.seconds(moment.now)],
      ...token,
      ...version,
      ...values.extra.map(([name, value]): Pair => [name, value.text(input)]),
    ]
    const style = STYLES[values.style]
    const form = values.body_hash ? [] : formPairs(request).map(encodedPair)
    const own = oauth.map(([name, value]): Pair => [name, style.write(value)])
    const base = baseString(request, [...own, ...form])
    const method = METHODS[values.method]
    const secret = read('key', values.key)
    const other = values.token_secret === undefined ? '' : read('token_secret', values.token_secret)
    const key = method.pair ? secret : `${percentEncoded(secret)}&${percentEncoded(other)}`
    const signature = method.sign(key, 'utf8', base, 'base64')
    const realm = values.realm === undefined ? [] : [`realm="${values.realm}"`]
    const parts = own.map(([name, value]) => `${name}="${value}"`)
    // The signature is encoded in every style: it alone has signs that would not survive.
    const all = [...realm, ...parts, `oauth_signature="${percentEncoded(signature)}"`]
    return { headers: { Authorization: `OAuth ${all.join(style.comma)}` } }
  },
})

/** RFC 5849, 3.4.1: method, address and parameters, which are encoded already. Exported for the vectors. */
export function baseString(request: SignRequest, parameters: readonly Pair[]): string {
  const { scheme, authority, path, query } = targetOf(request, 'oauth1')
  const pairs = [...decodedPairs(query ?? '').map(encodedPair), ...parameters]
  const address = `${scheme}://${authority}${path}`
  return [request.method.toUpperCase(), address, parameterString(pairs)]
    .map(percentEncoded)
    .join('&')
}

/** RFC 5849, 3.4.1.3.2: encoded pairs sorted by name and value, byte by byte. Exported for the vectors. */
export function parameterString(pairs: readonly Pair[]): string {
  return pairs
    .toSorted(([a, x], [b, y]) => (a === b ? order(x, y) : order(a, b)))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

function encodedPair([name, value]: Pair): Pair {
  return [percentEncoded(name), percentEncoded(value)]
}

/** RFC 5849, 3.4.1.3.1: the fields of a form are parameters too. */
function formPairs(request: SignRequest): readonly Pair[] {
  const type = headerOf(request, 'content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded') return []
  return decodedPairs(Buffer.from(request.bytes).toString('utf8'))
}

/** Of a query or a form: both are read as forms, with `+` for a space. */
function decodedPairs(text: string): readonly Pair[] {
  const decode = (part: string) => percentDecoded(part.replaceAll('+', ' '))
  return pairsOf(text).map(([name, value]): Pair => [decode(name), decode(value)])
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
