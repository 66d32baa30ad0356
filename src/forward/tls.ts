/**
 * @module What TLS to a PSP must be: versions, algorithms, authorities, names.
 */
import {
  checkServerIdentity,
  createSecureContext,
  rootCertificates,
  type PeerCertificate,
  type SecureContext,
} from 'node:tls'

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

/** Options of every connection. `ca` is trusted besides the built-in authorities, in PEM. */
export function securityOf(ca: string | null): Security {
  return {
    // Said aloud, because NODE_TLS_REJECT_UNAUTHORIZED would switch it off.
    rejectUnauthorized: true,
    checkServerIdentity: checkNames,
    // Made once: a list of authorities would be read again for every connection, and compared for every request.
    secureContext: createSecureContext({
      minVersion: 'TLSv1.2',
      ciphers: CIPHERS,
      sigalgs: SIGNATURES,
      // Said aloud too, because SSL_CERT_FILE would add to what is trusted.
      ca: [...rootCertificates, ...(ca === null ? [] : [ca])],
    }),
  }
}

/** RFC 9525, 2: the common name is no name of a server; Node takes it where there is no other. */
function checkNames(host: string, certificate: PeerCertificate): Error | undefined {
  return certificate.subjectaltname
    ? checkServerIdentity(host, certificate)
    : Object.assign(new Error('no name'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
}
