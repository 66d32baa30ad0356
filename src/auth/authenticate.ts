/**
 * @module Who is calling: an API key, a token of ours, or a token of an issuer that the operator trusts.
 */
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeJwt,
  errors,
  jwtVerify,
  type JWTPayload,
  type JWTVerifyGetKey,
} from 'jose'
import type { Clock } from '../clock.ts'
import { GatewayError, OperatorError } from '../errors.ts'
import { Secret } from '../secret.ts'
import { clientById, keyByHash } from '../store/keys.ts'
import type { Store } from '../store/open.ts'
import { tenantNamed } from '../store/tenants.ts'
import { rateOf, type Identity } from './caller.ts'
import { AUDIENCE, type Issuer } from './issuer.ts'
import { isAccessForm, isOwnForm } from './jwt_form.ts'
import { isScope, scopesNamed, type Scope } from './scopes.ts'
import { hashSecret } from './secret_text.ts'

/** An issuer outside, from the configuration. */
export interface OutsideIssuer {
  readonly issuer: string
  readonly jwks_url: string
  readonly audience: string
  /** The tenant its tokens are for, else the claim that names it. */
  readonly tenant: string | null
  readonly tenant_claim: string | null
  /** The claim with the scopes, as a space-separated string or an array. */
  readonly scope_claim: string
}

export interface Authenticator {
  /** Who has this credential. Throws `unauthenticated`, always in the same words. */
  authenticate(credential: Secret): Promise<Identity>
}

/** Asymmetric algorithms only: with a public key, HMAC and `none` prove nothing. */
const ALGORITHMS = [
  'EdDSA',
  'Ed25519',
  'ES256',
  'ES384',
  'ES512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
]
const SKEW_SECONDS = 5
const JWKS_TIMEOUT_MS = 3_000

/** Tells who calls. Keys and clients are looked up every time, so that a revoked one stops at once. */
export function openAuthenticator(
  store: Store,
  issuer: Issuer,
  outside: readonly OutsideIssuer[],
  clock: Clock,
): Authenticator {
  const own = createLocalJWKSet({ keys: [...issuer.jwks.keys] })
  const trusted = new Map(
    outside.map((one) => [
      one.issuer,
      {
        ...one,
        keys: remoteKeys(one.jwks_url),
      },
    ]),
  )

  async function verify(
    jwt: string,
    keys: JWTVerifyGetKey,
    issuedBy: string,
    audience: string,
  ): Promise<JWTPayload> {
    const { payload } = await jwtVerify(jwt, keys, {
      issuer: issuedBy,
      audience,
      algorithms: ALGORITHMS,
      requiredClaims: ['exp', 'iat'],
      clockTolerance: SKEW_SECONDS,
      currentDate: new Date(clock()),
    })
    // Both are there and numbers: a time that never comes, or one that has not come, is nobody's.
    const { exp = Infinity, iat = Infinity } = payload
    if (exp === Infinity || iat > clock() / 1000 + SKEW_SECONDS) throw rejected()
    return payload
  }

  async function ownToken(jwt: string): Promise<Identity> {
    if (!isOwnForm(jwt)) throw rejected()
    const payload = await verify(jwt, own, issuer.url, AUDIENCE)
    const client = await clientById(store, payload.sub ?? '')
    if (!client || client.tenant_id !== payload['tenant']) throw rejected()
    // The client's scopes now, in case they became fewer than those in the token.
    const scopes = scopesOf(payload['scope']).filter((scope) => client.scopes.includes(scope))
    const { tenant_id: tenant, test, id } = client
    return { tenant, test, scopes: new Set(scopes), id, ...rateOf(client) }
  }

  async function outsideToken(jwt: string, from: string): Promise<Identity> {
    const one = trusted.get(from)
    if (!one || !isAccessForm(jwt)) throw rejected()
    const payload = await verify(jwt, one.keys, one.issuer, one.audience)
    const named = one.tenant ?? payload[one.tenant_claim ?? '']
    const id: unknown = payload.sub ?? one.issuer
    if (typeof named !== 'string' || typeof id !== 'string') throw rejected()
    const tenant = await tenantNamed(store, named)
    const scopes = new Set(scopesOf(payload[one.scope_claim]))
    return { tenant: tenant.id, test: false, scopes, id }
  }

  return {
    async authenticate(credential) {
      const text = credential.reveal()
      if (text.startsWith('pgk_')) {
        const key = await keyByHash(store, hashSecret(credential))
        if (!key) throw rejected()
        const scopes = new Set(key.scopes.filter(isScope))
        return { tenant: key.tenant_id, test: key.test, scopes, id: key.id, ...rateOf(key) }
      }
      try {
        const from = decodeJwt(text).iss ?? ''
        return await (from === issuer.url ? ownToken(text) : outsideToken(text, from))
      } catch (error) {
        // Whatever is wrong with a token is said in one way, so that nothing can be learned by trying.
        const bad = [errors.JOSEError, OperatorError, TypeError]
        const isForm = error instanceof GatewayError && error.code === 'invalid_json'
        throw isForm || bad.some((kind) => error instanceof kind) ? rejected() : error
      }
    },
  }
}

/** The keys behind a URL. When they cannot be had, that is not the token's fault, and is said. */
function remoteKeys(url: string): JWTVerifyGetKey {
  const remote = createRemoteJWKSet(new URL(url), { timeoutDuration: JWKS_TIMEOUT_MS })
  const aboutToken = [
    errors.JWKSNoMatchingKey,
    errors.JWKSMultipleMatchingKeys,
    errors.JOSENotSupported,
  ]
  return async (header, token) => {
    try {
      return await remote(header, token)
    } catch (cause) {
      if (aboutToken.some((kind) => cause instanceof kind)) throw cause
      const message = 'The keys of the token issuer cannot be fetched.'
      throw new GatewayError('unready', message, { cause })
    }
  }
}

function scopesOf(claim: unknown): readonly Scope[] {
  const words = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : []
  return words.flatMap((word) => (typeof word === 'string' ? scopesNamed(word) : []))
}

function rejected(): GatewayError {
  return new GatewayError('unauthenticated', 'The credentials are not valid.')
}
