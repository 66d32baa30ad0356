/**
 * @module Certificates as they should not be: for other names, out of date, by nobody, for another purpose.
 */
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const DAY = 86_400_000

export interface Pair {
  readonly cert: string
  readonly key: string
}

interface Wish {
  /** Who signs; null for itself. */
  readonly issuer: Pair | null
  /** Names in the certificate; null for none but its common name. */
  readonly names: readonly string[] | null
  readonly commonName?: string
  /** In days from now. */
  readonly from?: number
  readonly until?: number
  readonly authority?: boolean
  readonly purpose?: 'serverAuth' | 'clientAuth'
}

/** Makes a certificate with its key, both PEM. */
export async function certificate(wish: Wish): Promise<Pair> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const issuer = wish.issuer && new x509.X509Certificate(wish.issuer.cert)
  const subject = `CN=${wish.commonName ?? 'A PSP'}`
  const { authority = false, purpose = 'serverAuth' } = wish
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: `4${crypto.randomUUID().replaceAll('-', '').slice(1)}`,
    subject,
    issuer: issuer?.subject ?? subject,
    notBefore: new Date(Date.now() + (wish.from ?? -1) * DAY),
    notAfter: new Date(Date.now() + (wish.until ?? 30) * DAY),
    publicKey: keys.publicKey,
    signingKey: wish.issuer ? await signingKey(wish.issuer) : keys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(authority, undefined, true),
      ...(authority
        ? [new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true)]
        : [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[purpose]])]),
      ...(wish.names
        ? [
            new x509.SubjectAlternativeNameExtension(
              wish.names.map((value) => ({ type: /^[\d.]+$/.test(value) ? 'ip' : 'dns', value })),
            ),
          ]
        : []),
    ],
  })
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey)
  return {
    cert: `${made.toString('pem')}\n`,
    key: `${x509.PemConverter.encode(key, 'PRIVATE KEY')}\n`,
  }
}

function signingKey({ key }: Pair): Promise<CryptoKey> {
  const der = x509.PemConverter.decodeFirst(key)
  return crypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign'])
}
