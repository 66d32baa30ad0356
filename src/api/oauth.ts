/**
 * @module `POST /oauth/token` (client credentials, RFC 6749 section 4.4) and the keys its tokens are checked with.
 */
import { timingSafeEqual } from 'node:crypto'
import { rateOf } from '../auth/caller.ts'
import { TOKEN_SECONDS } from '../auth/issuer.ts'
import { isScope, scopesNamed, type Scope } from '../auth/scopes.ts'
import { hashSecret } from '../auth/secret_text.ts'
import { GatewayError } from '../errors.ts'
import type { Gateway } from '../gateway.ts'
import { json } from '../respond.ts'
import type { Context, Route } from '../route.ts'
import { Secret } from '../secret.ts'
import { clientById, type ClientRow } from '../store/keys.ts'

/** The hash of no secret. */
const NOBODY = Buffer.alloc(32)

interface Asked {
  readonly id: string
  readonly secret: Secret
  readonly scope: string | null
}

/** The routes of OAuth. */
export function oauthRoutes({ store, issuer, limits }: Gateway): readonly Route[] {
  const tag = 'OAuth'
  // Both serve the same: the second is where Stitch's clients look for it.
  const tokens = (['/oauth/token', '/connect/token'] as const).map((path): Route => ({
    method: 'POST',
    path,
    tag,
    open: true,
    summary: 'Get an access token by client credentials (form-encoded)',
    answer: { status: 200 },
    error: oauthError,
    async handle(context: Context) {
      const asked = read(context)
      const client = await clientById(store, asked.id)
      // Compared also where there is no such client, so that both take the same time.
      const isSame = timingSafeEqual(client?.hash ?? NOBODY, hashSecret(asked.secret))
      if (!client || !isSame) {
        throw new GatewayError('unauthenticated', 'The client id or secret is not valid.')
      }
      const { refused } = await limits.quotas.take({
        tenant: client.tenant_id,
        id: client.id,
        ...rateOf(client),
      })
      if (refused) throw refused
      const { scopes, names } = granted(client, asked.scope)
      return json(
        200,
        {
          access_token: await issuer.issue(client.id, client.tenant_id, scopes),
          token_type: 'Bearer',
          expires_in: TOKEN_SECONDS,
          scope: names.join(' '),
        },
        { pragma: 'no-cache' },
      )
    },
  }))
  return [
    ...tokens,
    {
      method: 'GET',
      path: '/.well-known/jwks.json',
      tag,
      open: true,
      summary: 'The public keys of our access tokens (RFC 7517)',
      answer: { status: 200 },
      handle: () => json(200, issuer.jwks),
    },
  ]
}

/** The form, with the client in the Authorization header or in the form (RFC 6749, 2.3.1). */
function read({ request, bytes }: Context): Asked {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded') {
    throw new GatewayError('unsupported_media_type', 'The body must be form-encoded.', {
      hint: 'Send grant_type=client_credentials as application/x-www-form-urlencoded.',
    })
  }
  const form = new URLSearchParams(Buffer.from(bytes).toString('utf8'))
  if (form.get('grant_type') !== 'client_credentials') {
    throw new GatewayError('invalid_request', 'grant_type must be client_credentials.', {
      param: 'grant_type',
    })
  }
  const basic = /^basic +([A-Za-z0-9+/=]+)$/i.exec(request.headers.get('authorization') ?? '')
  const [id, secret] = basic
    ? Buffer.from(basic[1] ?? '', 'base64')
        .toString('utf8')
        .split(/:(.*)/s)
        .map(decoded)
    : [form.get('client_id'), form.get('client_secret')]
  if (!id || !secret)
    throw new GatewayError('unauthenticated', 'The client id or secret is missing.')
  return { id, secret: new Secret(secret), scope: form.get('scope') }
}

/** What is asked for, under the names it was asked for, as far as the client has it; all it has where nothing is asked for. */
function granted(
  client: ClientRow,
  asked: string | null,
): { readonly scopes: readonly Scope[]; readonly names: readonly string[] } {
  const own = client.scopes.filter(isScope)
  if (asked === null || asked.trim() === '') return { scopes: own, names: own }
  const names = [...new Set(asked.trim().split(/ +/))]
  const wanted = names.map(scopesNamed)
  // The first of several is what the name is about; the others come along where the client has them.
  if (wanted.every(([first]) => first !== undefined && own.includes(first))) {
    return { scopes: own.filter((scope) => wanted.flat().includes(scope)), names }
  }
  throw new GatewayError('forbidden', 'The client does not have every scope that was asked for.', {
    param: 'scope',
  })
}

/** RFC 6749, 5.2. */
function oauthError(error: GatewayError, request_id: string): Response {
  const names: Partial<Record<GatewayError['code'], [number, string]>> = {
    unauthenticated: [401, 'invalid_client'],
    forbidden: [400, 'invalid_scope'],
    invalid_request: [
      400,
      error.param === 'grant_type' ? 'unsupported_grant_type' : 'invalid_request',
    ],
    unsupported_media_type: [400, 'invalid_request'],
  }
  const [status, code] = names[error.code] ?? [error.status, 'server_error']
  return json(
    status,
    { error: code, error_description: `${error.message} ${error.hint}`, request_id },
    status === 401 ? { 'www-authenticate': 'Basic realm="pangate"' } : {},
  )
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    // Not percent-encoded after all, as many clients send it.
    return text
  }
}
