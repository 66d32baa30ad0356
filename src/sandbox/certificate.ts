/**
 * @module Makes an X.509 certificate on an ECDSA P-256 key (RFC 5280): of an authority, or of a server signed by one.
 */
import { isIP } from 'node:net'
import * as x509 from '@peculiar/x509'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

interface Request {
  /** Who signs, as PEM; null for an authority, which signs itself. */
  readonly issuer: { readonly cert: string; readonly key: string } | null
  /** Host names and addresses of a server. */
  readonly names: readonly string[]
  readonly notBefore: Date
  readonly notAfter: Date
}

/** @returns the certificate and its private key (PKCS #8), both PEM */
export async function makeCertificate(request: Request): Promise<{ cert: string; key: string }> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const issuer = request.issuer && new x509.X509Certificate(request.issuer.cert)
  const signer = issuer
    ? { cert: issuer, key: await importKey(request.issuer.key) }
    : { cert: null, key: keys.privateKey }
  const subject = issuer
    ? 'CN=Pangate PSP sandbox'
    : `CN=Pangate PSP sandbox authority ${crypto.randomUUID().slice(0, 8)}`
  const certificate = await x509.X509CertificateGenerator.create({
    // Positive and 127 bits: RFC 5280, section 4.1.2.2, allows at most 20 octets.
    serialNumber: `4${crypto.randomUUID().replaceAll('-', '').slice(1)}`,
    subject,
    issuer: signer.cert?.subject ?? subject,
    notBefore: request.notBefore,
    notAfter: request.notAfter,
    publicKey: keys.publicKey,
    signingKey: signer.key,
    signingAlgorithm: ALGORITHM,
    extensions: [
      ...(signer.cert ? serverExtensions(request.names) : authorityExtensions()),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(signer.cert?.publicKey ?? keys.publicKey),
    ],
  })
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', keys.privateKey)
  return {
    cert: `${certificate.toString('pem')}\n`,
    key: `${x509.PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n`,
  }
}

function authorityExtensions(): x509.Extension[] {
  const { keyCertSign, cRLSign } = x509.KeyUsageFlags
  return [
    // Path length 0: it signs servers, never another authority.
    new x509.BasicConstraintsExtension(true, 0, true),
    new x509.KeyUsagesExtension(keyCertSign | cRLSign, true),
  ]
}

function serverExtensions(names: readonly string[]): x509.Extension[] {
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension(
      names.map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value })),
    ),
  ]
}

function importKey(pem: string): Promise<CryptoKey> {
  const der = x509.PemConverter.decodeFirst(pem)
  return crypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign'])
}
