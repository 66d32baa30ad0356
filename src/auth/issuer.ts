/**
 * @module Our own access tokens: JWTs signed with a key of this installation (RFC 7519, RFC 9068).
 */
import { asc } from 'drizzle-orm'
import { exportJWK, generateKeyPair, importJWK, SignJWT, type JWK } from 'jose'
import type { Clock } from '../clock.ts'
import type { Store } from '../store/open.ts'
import { signingKeys } from '../store/schema.ts'
import type { Keyring } from '../vault/keyring.ts'
import type { Scope } from './scopes.ts'

const ALGORITHM = 'EdDSA'
/** Seconds an access token is good for. */
export const TOKEN_SECONDS = 3600
/** Who our tokens are for. */
export const AUDIENCE = 'pangate'

export interface Issuer {
  /** The `iss` of our tokens. */
  readonly url: string
  /** A token for a client. */
  issue(client: string, tenant: string, scopes: readonly Scope[]): Promise<string>
  /** The public keys, as `/.well-known/jwks.json` shows them. */
  readonly jwks: { readonly keys: readonly JWK[] }
}

/** Opens the issuer; makes its first key in a new database. */
export async function openIssuer(
  store: Store,
  keyring: Keyring,
  url: string,
  clock: Clock,
): Promise<Issuer> {
  const rows = () => store.db.select().from(signingKeys).orderBy(asc(signingKeys.created_at))
  if ((await rows()).length === 0) await addFirstKey(store, keyring, clock())
  const all = await rows()
  const newest = all.at(-1)
  if (!newest) throw new TypeError('a signing key was written and is not there')
  const secret = keyring.unsealOwn(newest.sealed_private_jwk, ['signing key', newest.id])
  // Sealed by addFirstKey below.
  const privateJwk = JSON.parse(secret.toString()) as JWK
  const key = await importJWK(privateJwk, ALGORITHM)
  return {
    url,
    // Written by addFirstKey below.
    jwks: { keys: all.map((row) => JSON.parse(row.public_jwk) as JWK) },
    issue: (client, tenant, scopes) =>
      new SignJWT({ tenant, scope: scopes.join(' '), client_id: client })
        .setProtectedHeader({ alg: ALGORITHM, kid: newest.id, typ: 'at+jwt' })
        .setIssuer(url)
        .setAudience(AUDIENCE)
        .setSubject(client)
        .setJti(crypto.randomUUID())
        .setIssuedAt(Math.floor(clock() / 1000))
        .setExpirationTime(Math.floor(clock() / 1000) + TOKEN_SECONDS)
        .sign(key),
  }
}

/** Of several nodes that start at once one adds a key, and all have that one. */
async function addFirstKey(store: Store, keyring: Keyring, now: number): Promise<void> {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM, { extractable: true })
  const id = crypto.randomUUID()
  const shown: JWK = { ...(await exportJWK(publicKey)), kid: id, alg: ALGORITHM, use: 'sig' }
  const secret = JSON.stringify(await exportJWK(privateKey))
  const sealed = keyring.sealOwn(secret, ['signing key', id])
  await store.write({
    sql: `insert into signing_keys (id, public_jwk, sealed_private_jwk, created_at)
      select ?, ?, ?, ? where not exists (select 1 from signing_keys)`,
    params: [id, JSON.stringify(shown), sealed, now],
  })
}
