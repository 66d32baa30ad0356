/**
 * @module AWS Signature Version 4 in the Authorization header.
 * See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { hash } from '../hash.ts'
import { hmac, hmacBytes } from '../hmac.ts'
import { credential, flag, optional, text } from '../parameters.ts'
import {
  INSTANTS,
  headerNames,
  headerOf,
  headerValues,
  pairsOf,
  percentDecoded,
  percentEncoded,
  targetOf,
  withHeaders,
} from '../request.ts'
import { defineScheme } from '../scheme.ts'
import { secretText } from '../secrets.ts'
import type { SignRequest } from '../types.ts'

/** Headers that proxies and transports change or that come after the signature. */
const UNSIGNED = new Set([
  ...[
    'authorization',
    'connection',
    'expect',
    'transfer-encoding',
    'user-agent',
    'x-amzn-trace-id',
  ],
])

export const sigv4 = defineScheme({
  name: 'sigv4',
  about: 'AWS Signature Version 4.',
  source: 'AWS: Create a signed AWS API request',
  parameters: {
    region: text('The region, such as us-east-1.'),
    service: text('The service, such as execute-api.'),
    access_key: credential('The credential that names the key.', 'access_key_id'),
    secret_key: credential('The credential that is the key.', 'secret_access_key'),
    session_token: optional(credential('The credential of a temporary key.')),
    session_token_signed: flag('Signs it too; some services want it beside the signature.', true),
    normalize: flag('Resolves dots and empty parts of the path; false for S3.', true),
    double_encode: flag('Encodes the path once more; false for S3.', true),
    body_header: flag('Adds X-Amz-Content-Sha256, which S3 wants.', false),
  },
  apply(values, { request, credentials, moment }) {
    const read = (param: string, name: string) =>
      secretText(credentials, name, { scheme: 'sigv4', param })
    const stamp = INSTANTS.basic(moment.now)
    const token =
      values.session_token === undefined
        ? {}
        : { 'X-Amz-Security-Token': read('session_token', values.session_token) }
    const body = hash('sha256', request.bytes)
    const early = {
      'X-Amz-Date': stamp,
      ...(values.body_header && { 'X-Amz-Content-Sha256': body }),
      ...(values.session_token_signed && token),
    }
    const host = headerOf(request, 'host') ?? targetOf(request, 'sigv4').authority
    const full = withHeaders(request, { ...early, Host: host })
    const { canonical, signedHeaders } = canonicalRequest(full, body, values)
    const scope = `${stamp.slice(0, 8)}/${values.region}/${values.service}/aws4_request`
    const toSign = ['AWS4-HMAC-SHA256', stamp, scope, hash('sha256', canonical)].join('\n')
    const secret = `AWS4${read('secret_key', values.secret_key)}`
    const key = scope
      .split('/')
      .reduce<string | Buffer>((k, part) => hmacBytes('sha256', k, part), secret)
    const authorization = [
      `AWS4-HMAC-SHA256 Credential=${read('access_key', values.access_key)}/${scope}`,
      `SignedHeaders=${signedHeaders}`,
      `Signature=${hmac('sha256', key, toSign)}`,
    ].join(', ')
    return { headers: { ...early, ...token, Authorization: authorization } }
  },
})

/** The canonical request, and the list of headers in it. Exported for the vectors, which give it. */
export function canonicalRequest(
  request: SignRequest,
  bodyHash: string,
  form: { readonly normalize: boolean; readonly double_encode: boolean },
): { readonly canonical: string; readonly signedHeaders: string } {
  const { path, query } = targetOf(request, 'sigv4')
  const names = headerNames(request)
    .filter((name) => !UNSIGNED.has(name))
    .sort()
  const headers = names.map((name) => {
    const values = headerValues(request, name).map((value) => value.replace(/\s+/g, ' '))
    return `${name}:${values.join(',')}\n`
  })
  const signedHeaders = names.join(';')
  const lines = [
    ...[request.method, canonicalPath(path, form), canonicalQuery(query ?? '')],
    ...[headers.join(''), signedHeaders, bodyHash],
  ]
  return { canonical: lines.join('\n'), signedHeaders }
}

function canonicalPath(
  path: string,
  { normalize, double_encode }: { readonly normalize: boolean; readonly double_encode: boolean },
): string {
  const encode = (part: string) => percentEncoded(double_encode ? part : percentDecoded(part))
  return (normalize ? withoutDots(path) : path).split('/').map(encode).join('/')
}

function withoutDots(path: string): string {
  const kept: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') kept.pop()
    else if (part !== '' && part !== '.') kept.push(part)
  }
  const folder = /(?:\/|\/\.{1,2})$/.test(path) && kept.length > 0
  return `/${kept.join('/')}${folder ? '/' : ''}`
}

/** Sorted by name, then by value, once encoded: byte order, which is that of ASCII text. */
function canonicalQuery(query: string): string {
  return pairsOf(query)
    .map(([name, value]) => [
      percentEncoded(percentDecoded(name)),
      percentEncoded(percentDecoded(value)),
    ])
    .map(([name = '', value = '']) => [name, value] as const)
    .sort(([a, x], [b, y]) => (a === b ? order(x, y) : order(a, b)))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
