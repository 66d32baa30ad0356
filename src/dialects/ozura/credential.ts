/**
 * @module Who calls: a key in `X-API-Key`, or a key or JWT in `Authorization: Bearer`. What is not ours may be the PSP's.
 */
import type { Gateway } from '../../gateway.ts'
import { Secret } from '../../secret.ts'

/** Whether a text is a key, a client secret or a token that this installation knows: such a thing never goes to a PSP. */
export type IsOurs = (text: string) => boolean

export interface Credential {
  readonly secret: Secret
  readonly header: 'x-api-key' | 'authorization'
}

/** Tells our credentials by their form; whether they are good is another question. */
export function ownCredentials({ issuer, config }: Gateway): IsOurs {
  const issuers = new Set([issuer.url, ...config.auth.issuers.map((one) => one.issuer)])
  return (text) => /^pg[ks]_/.test(text) || issuers.has(issuerOf(text))
}

/** The one that is ours, `X-API-Key` first; where none looks like ours, the first there is, to be refused. */
export function credentialOf(headers: Headers, isOurs: IsOurs): Credential | null {
  const given = [
    { header: 'x-api-key' as const, text: headers.get('x-api-key') },
    { header: 'authorization' as const, text: bearerOf(headers.get('authorization')) },
  ].flatMap(({ header, text }) => (text ? [{ header, text }] : []))
  const chosen = given.find(({ text }) => isOurs(text)) ?? given[0]
  return chosen ? { header: chosen.header, secret: new Secret(chosen.text) } : null
}

/** What stands after `Bearer`; null where there is none. */
export function bearerOf(authorization: string | null): string | null {
  return /^bearer +([\x21-\x7e]+)$/i.exec(authorization ?? '')?.[1] ?? null
}

/** The `iss` of a JWT, unverified; empty where the text is none. */
function issuerOf(text: string): string {
  const [, payload] = text.split('.')
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString())
    const issuer = typeof claims === 'object' && claims !== null ? Reflect.get(claims, 'iss') : ''
    return typeof issuer === 'string' ? issuer : ''
  } catch {
    return ''
  }
}
