/**
 * @module TLS of a new account, checked: a certificate with its key, pins in their one spelling.
 */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { GatewayError } from '../errors.ts'
import type { AccountTls } from '../vault/account_tls.ts'

export interface TlsInput {
  readonly client_certificate?: string | undefined
  readonly client_key?: string | undefined
  readonly pins?: readonly string[] | undefined
}

/** Null where nothing is given. Throws `invalid_request`, which repeats nothing of a key. `now` is in milliseconds since 1970. */
export function checkTls(input: TlsInput | null | undefined, now: number): AccountTls | null {
  const { client_certificate, client_key, pins = [] } = input ?? {}
  const checked = pins.map(checkPin)
  if ((client_certificate === undefined) !== (client_key === undefined)) {
    const lacks = client_key === undefined ? 'client_key' : 'client_certificate'
    throw invalid(lacks, 'A client certificate and its key belong together.')
  }
  if (client_certificate === undefined || client_key === undefined) {
    return checked.length > 0 ? { client: null, pins: checked } : null
  }
  const certificate = readCertificate(client_certificate)
  if (!certificate.checkPrivateKey(readKey(client_key))) {
    throw invalid('client_key', 'It is not the key of the client certificate.')
  }
  if (Date.parse(certificate.validTo) <= now) {
    throw invalid('client_certificate', 'The client certificate is no longer valid.')
  }
  return { client: { certificate: client_certificate, private_key: client_key }, pins: checked }
}

function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch {
    throw invalid('client_certificate', 'It is no certificate in PEM.')
  }
}

function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    throw invalid('client_key', 'It is no private key in PEM without a password.')
  }
}

/** `sha256/` and base64, as in RFC 7469, section 2.4, and in curl; the first part may be left out. */
function checkPin(text: string): string {
  const base64 = text.replace(/^sha256\//, '')
  if (/^[A-Za-z0-9+/]{43}=$/.test(base64)) return base64
  throw invalid('pins', 'A pin is sha256/ and the base64 of a SHA-256 hash of a public key.')
}

function invalid(name: string, message: string): GatewayError {
  return new GatewayError('invalid_request', message, { param: `tls.${name}` })
}
