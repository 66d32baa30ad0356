/**
 * @module API keys: any test key will do, and what is wrong with the others. https://docs.stripe.com/api/authentication
 */
import { invalid } from './error.ts'

/** Keys that a caller may use to see a refusal. */
const REFUSED: { readonly [key: string]: readonly [code: string | undefined, message: string] } = {
  sk_test_invalid: [undefined, 'Invalid API Key provided'],
  sk_test_expired: ['api_key_expired', 'Expired API Key provided'],
}

/**
 * @param authorization `Bearer sk_test_..`, or Basic with the key as the user
 * @returns the key
 * @throws StripeError 401
 */
export function readKey(authorization: string | undefined): string {
  const key = bearer(authorization ?? '') ?? basic(authorization ?? '')
  if (!key) {
    throw unauthorized(
      "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.",
    )
  }
  if (/^(sk|rk)_live_/.test(key)) {
    throw unauthorized(
      "This is Pangate's PSP sandbox: it takes test keys (sk_test_...) only and sends nothing to Stripe. A live key was sent; roll it if that was a mistake.",
    )
  }
  if (/^pk_/.test(key)) {
    throw unauthorized(
      'This API call cannot be made with a publishable API key. Please use a secret API key. You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.',
      'secret_key_required',
    )
  }
  const refused = Object.hasOwn(REFUSED, key) ? REFUSED[key] : undefined
  if (refused) throw unauthorized(`${refused[1]}: ${shown(key)}`, refused[0])
  if (!/^(sk|rk)_test_\w+$/.test(key)) {
    throw unauthorized(`Invalid API Key provided: ${shown(key)}`)
  }
  return key
}

function bearer(authorization: string): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(authorization)?.[1]
}

function basic(authorization: string): string | undefined {
  const encoded = /^Basic +(\S+) *$/i.exec(authorization)?.[1]
  return encoded && Buffer.from(encoded, 'base64').toString('utf8').split(':')[0]
}

/** The kind of the key and its last four, as Stripe shows it. */
function shown(key: string): string {
  const kind = /^[a-z]{2}_(test|live)_/.exec(key)?.[0] ?? ''
  return `${kind}****${key.length > kind.length + 8 ? key.slice(-4) : ''}`
}

function unauthorized(message: string, code?: string) {
  return invalid(message, { status: 401, ...(code !== undefined && { code }) })
}
