/**
 * @module The type of `[[auth.issuers]]`: outside issuers whose JWTs are accepted.
 */
import type { OutsideIssuer } from '../auth/authenticate.ts'
import { nearest } from './nearest.ts'
import { isTable, json, unknown, type Fault, type Type } from './types.ts'

const ISSUER_KEYS = ['issuer', 'jwks_url', 'audience', 'tenant', 'tenant_claim', 'scope_claim']

export const issuers: Type<readonly OutsideIssuer[]> = {
  is: 'an array of tables, [[auth.issuers]]',
  read: (value, fault) => {
    if (!Array.isArray(value)) return undefined
    return value.flatMap((one: unknown, index) =>
      issuer(one, (path, message) => fault([index, ...path], message)),
    )
  },
  fromText: json,
}

function issuer(value: unknown, fault: Fault): OutsideIssuer[] {
  if (!isTable(value)) {
    fault([], 'must be a table')
    return []
  }
  for (const key of Object.keys(value)) {
    if (!ISSUER_KEYS.includes(key)) fault([key], unknown(nearest(key, ISSUER_KEYS)))
  }
  const get = (key: string): string | null => {
    const given = Object.hasOwn(value, key) ? value[key] : undefined
    if (typeof given === 'string' && given !== '') return given
    if (given !== undefined) fault([key], 'must be a text that is not empty')
    return null
  }
  const required = (key: string): string => {
    const given = get(key)
    if (given === null && !Object.hasOwn(value, key)) fault([key], 'is missing')
    return given ?? ''
  }
  const [tenant, tenant_claim] = [get('tenant'), get('tenant_claim')]
  if ((tenant === null) === (tenant_claim === null)) {
    fault([], 'must have either tenant or tenant_claim')
  }
  const jwks_url = required('jwks_url')
  if (jwks_url !== '' && !isKeysUrl(jwks_url)) {
    fault(['jwks_url'], 'must be an https URL (http is accepted on loopback)')
  }
  return [
    {
      issuer: required('issuer'),
      jwks_url,
      audience: required('audience'),
      tenant,
      tenant_claim,
      scope_claim: get('scope_claim') ?? 'scope',
    },
  ]
}

/** Whoever can change the answer can mint tokens, so it must come over TLS. */
function isKeysUrl(value: string): boolean {
  const url = URL.parse(value)
  if (url === null || url.username !== '' || url.hash !== '') return false
  const loopback = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)
  return url.protocol === 'https:' || (url.protocol === 'http:' && loopback)
}
