/**
 * @module Whether a request is a merchant's and fresh: JSON, credentials, age, version, signature, in the order of Praxis's list of errors.
 */
import type { Received } from '../exchange.ts'
import { MERCHANTS, type Merchant } from './merchants.ts'
import { bad, Refusal } from './refusal.ts'
import { isSame, signAll, signListed, type Message } from './signature.ts'

/** How one path is signed. */
export type Scheme =
  { readonly version: '1.2' } | { readonly version: '1.3'; readonly signed: readonly string[] }

/** Seconds that a request is good for. */
const LONGEST = 60

/** The body as an object. Throws a Refusal where it is none. */
export function readMessage({ body }: Received): Message {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      // Neither null nor an array.
      return value as Message
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw bad('Request should be json formatted.')
}

/** Whose request it says it is. Throws a Refusal where there is no such merchant. */
export function readMerchant(message: Message): Merchant {
  const { merchant_id, application_key } = message
  if (merchant_id === undefined) throw bad('merchant_id parameter is missing.')
  const of = MERCHANTS.filter((one) => one.merchant_id === merchant_id)
  if (of.length === 0) throw new Refusal(401, 'User not found.')
  const merchant = of.find((one) => one.application_key === application_key)
  if (!merchant) throw new Refusal(401, 'Website not found.')
  return merchant
}

/** Throws a Refusal unless the request is fresh, of this version and signed by its merchant. @param now seconds since 1970 */
export function admit(
  message: Message,
  headers: Received['headers'],
  { secret }: Merchant,
  scheme: Scheme,
  now: number,
): void {
  const { timestamp, version, signature } = message
  checkAge(timestamp, now)
  if (version === undefined) throw missing('version')
  if (version !== scheme.version) throw bad('Unsupported API version.')
  if (scheme.version === '1.2') {
    if (signature === undefined) throw missing('signature')
    if (!isSame(signature, signAll(message, secret))) throw bad('Invalid signature.')
    return
  }
  const header = headers['gt-authentication']
  if (header === undefined) throw bad('GT-Authentication header is missing.')
  if (!isSame(header, signListed(message, scheme.signed, secret))) throw bad('Invalid signature.')
}

function checkAge(timestamp: unknown, now: number): void {
  if (timestamp === undefined) throw missing('timestamp')
  if (!/^\d{1,11}$/.test(String(timestamp))) {
    throw bad(
      'Invalid timestamp format, must be unix timestamp - seconds (required with merchant_id).',
    )
  }
  const age = now - Number(timestamp)
  if (age < 0) {
    throw bad('Timestamp cannot be greater than current time (required with merchant_id).')
  }
  if (age > LONGEST) {
    throw bad(
      `Timestamp expired: ${age}s old, should be at most ${LONGEST}s old (required with merchant_id).`,
    )
  }
}

function missing(name: string): Refusal {
  return bad(`Request parameter missing: ${name} (required with merchant_id).`)
}
