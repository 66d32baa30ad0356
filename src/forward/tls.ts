/**
 * @module What TLS to a PSP must be: versions, algorithms, authorities, names.
 */
import { createHash, X509Certificate } from 'node:crypto'
import {
  checkServerIdentity,
  createSecureContext,
  rootCertificates,
  type DetailedPeerCertificate,
  type PeerCertificate,
  type SecureContext,
} from 'node:tls'
import type { AccountTls } from '../vault/account_tls.ts'

/** Of TLS 1.2 what RFC 9325, 4.2 recommends: forward secrecy and authenticated encryption. TLS 1.3 has nothing else. */
const CIPHERS = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':')
/** Without SHA-1, which no authority has signed with for years. */
const SIGNATURES = [
  'ecdsa_secp256r1_sha256',
  'rsa_pss_rsae_sha256',
  'rsa_pkcs1_sha256',
  'ecdsa_secp384r1_sha384',
  'rsa_pss_rsae_sha384',
  'rsa_pkcs1_sha384',
  'rsa_pss_rsae_sha512',
  'rsa_pkcs1_sha512',
].join(':')

export interface Security {
  readonly rejectUnauthorized: true
  readonly checkServerIdentity: typeof checkNames
  readonly secureContext: SecureContext
}

/** Who connects: an account with TLS of its own. Its connections are nobody else's. */
export interface Identity extends AccountTls {
  /** The account's. */
  readonly id: string
}

/** Options of every connection of an identity, or of those without one. `ca` is trusted besides the built-in authorities, in PEM. */
export function securityOf(ca: string | null, identity: Identity | null): Security {
  const { client = null, pins = [] } = identity ?? {}
  return {
    // Said aloud, because NODE_TLS_REJECT_UNAUTHORIZED would switch it off.
    rejectUnauthorized: true,
    checkServerIdentity: pins.length === 0 ? checkNames : checkNamesAndPins(new Set(pins)),
    // Made once: a list of authorities would be read again for every connection, and compared for every request.
    secureContext: createSecureContext({
      minVersion: 'TLSv1.2',
      ciphers: CIPHERS,
      sigalgs: SIGNATURES,
      // Said aloud too, because SSL_CERT_FILE would add to what is trusted.
      ca: [...rootCertificates, ...(ca === null ? [] : [ca])],
      ...(client && { cert: client.certificate, key: client.private_key }),
    }),
  }
}

/** RFC 9525, 2: the common name is no name of a server; Node takes it where there is no other. */
function checkNames(host: string, certificate: PeerCertificate): Error | undefined {
  return certificate.subjectaltname
    ? checkServerIdentity(host, certificate)
    : Object.assign(new Error('no name'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
}

/** One of the keys in the chain must be one of the pins (RFC 7469, section 2.6). */
function checkNamesAndPins(pins: ReadonlySet<string>): typeof checkNames {
  return (host, certificate) => {
    const wrong = checkNames(host, certificate)
    if (wrong) return wrong
    const known = chainOf(certificate).some(({ raw }) => pins.has(pinOf(raw)))
    return known ? undefined : Object.assign(new Error('no pin'), { code: 'EPINMISMATCH' })
  }
}

/** From the server's own certificate to the authority's, which names itself as its issuer. */
function chainOf(certificate: PeerCertificate): readonly PeerCertificate[] {
  const chain = [certificate]
  for (let last = certificate; 'issuerCertificate' in last;) {
    // Given with the whole chain, whatever the type says.
    const { issuerCertificate: next } = last as DetailedPeerCertificate
    if (!next || chain.includes(next)) break
    chain.push(next)
    last = next
  }
  return chain
}

function pinOf(der: Buffer): string {
  const key = new X509Certificate(der).publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(key).digest('base64')
}
