/**
 * @module Worldline's v1HMAC: an HMAC over a canonical request. Worldline Connect (GlobalCollect) and Worldline Direct.
 * See https://apireference.connect.worldline-solutions.com/s2sapi/v1/en_US/java/authentication.html
 */
import { hmac } from '../hmac.ts'
import { credential, text } from '../parameters.ts'
import { INSTANTS, headerNames, headerOf, targetOf, withHeaders } from '../request.ts'
import { defineScheme } from '../scheme.ts'
import { secretText } from '../secrets.ts'
import type { SignRequest } from '../types.ts'

export const v1hmac = defineScheme({
  name: 'v1hmac',
  about: "Worldline's HMAC over method, content type, date, X-GCS headers and path.",
  source: 'Worldline Connect: Authentication',
  parameters: {
    key_id: credential('The credential that names the key.', 'api_key_id'),
    key: credential('The credential that is the key.', 'secret_api_key'),
    prefix: text('Headers that are signed begin so, in lower case.', 'x-gcs'),
  },
  apply({ key_id, key, prefix }, { request, credentials, moment }) {
    const date = headerOf(request, 'date') ?? INSTANTS.http(moment.now)
    const text = canonical(withHeaders(request, { Date: date }), prefix)
    const at = (param: string) => ({ scheme: 'v1hmac', param })
    const signature = hmac('sha256', secretText(credentials, key, at('key')), text, 'base64')
    const name = secretText(credentials, key_id, at('key_id'))
    return { headers: { Date: date, Authorization: `GCS v1HMAC:${name}:${signature}` } }
  },
})

/** Every line ends, also the last; the line of an absent content type is empty and stays. */
function canonical(request: SignRequest, prefix: string): string {
  const headers = headerNames(request)
    .filter((name) => name.startsWith(prefix))
    .sort()
    .map((name) => `${name}:${headerOf(request, name) ?? ''}`)
  const lines = [
    request.method,
    headerOf(request, 'content-type') ?? '',
    headerOf(request, 'date') ?? '',
    ...headers,
    targetOf(request, 'v1hmac').target,
  ]
  return lines.map((line) => `${line}\n`).join('')
}
