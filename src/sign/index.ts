/**
 * @module Signing and encryption: the table of schemes and that of webhook checks, and how they are called by name.
 */
import { known } from './fault.ts'
import type { Scheme } from './scheme.ts'
import { basic } from './schemes/basic.ts'
import { bearer } from './schemes/bearer.ts'
import { cavage } from './schemes/cavage.ts'
import { digest } from './schemes/digest.ts'
import { hmac } from './schemes/hmac.ts'
import { httpMessage } from './schemes/http_message.ts'
import { jwe } from './schemes/jwe.ts'
import { jws } from './schemes/jws.ts'
import { jwt } from './schemes/jwt.ts'
import { oauth1 } from './schemes/oauth1.ts'
import { signature } from './schemes/signature.ts'
import { sigv4 } from './schemes/sigv4.ts'
import { v1hmac } from './schemes/v1hmac.ts'
import { xmlSignature } from './schemes/xml_signature.ts'
import type { Credentials, Moment, SignRequest, Signed, Verdict } from './types.ts'
import type { Webhook } from './webhook.ts'
import { adyen } from './webhooks/adyen.ts'
import { digestWebhook } from './webhooks/digest.ts'
import { hmacWebhook } from './webhooks/hmac.ts'
import { httpMessageWebhook } from './webhooks/http_message.ts'
import { praxis } from './webhooks/praxis.ts'
import { razorpay } from './webhooks/razorpay.ts'
import { redsys } from './webhooks/redsys.ts'
import { square } from './webhooks/square.ts'
import { standard } from './webhooks/standard.ts'
import { stripe } from './webhooks/stripe.ts'
import { xmlSignatureWebhook } from './webhooks/xml_signature.ts'

export { cryptoKit } from './kit.ts'
export { decryptJwe } from './schemes/jwe.ts'
export type { Credentials, Moment, SignRequest, Signed, Verdict } from './types.ts'

const byName = <T extends { readonly name: string }>(
  entries: readonly T[],
): Readonly<Record<string, T>> => Object.freeze(Object.fromEntries(entries.map((e) => [e.name, e])))

/** Every scheme, by the name that a document gives. */
export const SCHEMES: Readonly<Record<string, Scheme>> = byName([
  ...[basic, bearer, digest, hmac, signature],
  ...[jws, jwt, jwe, httpMessage, cavage, sigv4, oauth1, v1hmac, xmlSignature],
])

/** Every webhook check, likewise. */
export const WEBHOOKS: Readonly<Record<string, Webhook>> = byName([
  ...[hmacWebhook, digestWebhook, httpMessageWebhook],
  ...[stripe, adyen, square, razorpay, standard, praxis, redsys, xmlSignatureWebhook],
])

/** The scheme of that name. Throws for unknown ones, with the names there are. */
export function schemeOf(name: string): Scheme {
  return known(SCHEMES, name, { scheme: 'sign', param: 'scheme' })
}

/** The webhook check of that name. Throws for unknown ones, with the names there are. */
export function webhookOf(name: string): Webhook {
  return known(WEBHOOKS, name, { scheme: 'verify', param: 'scheme' })
}

/**
 * Signs a request that is rendered. Gives what to add: headers, and for some schemes a new body or further fields.
 * An adapter that is used often keeps `schemeOf(name).prepare(parameters)`, which checks the parameters once.
 */
export async function applyScheme(
  name: string,
  parameters: unknown,
  request: SignRequest,
  credentials: Credentials,
  moment: Moment,
): Promise<Signed> {
  return schemeOf(name).prepare(parameters).apply({ request, credentials, moment })
}

/** Whether a request that was received is genuine at a time, in seconds since 1970. Throws only for wrong parameters and secrets. */
export function verifyWebhook(
  name: string,
  parameters: unknown,
  request: SignRequest,
  secrets: Credentials,
  now: number,
): Verdict {
  return webhookOf(name).prepare(parameters).verify({ request, secrets, now })
}
