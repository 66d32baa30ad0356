/**
 * @module Signatures with a key pair: RSA PKCS#1 v1.5 and PSS (RFC 8017), ECDSA (FIPS 186-5), Ed25519 (RFC 8032).
 */
import {
  type KeyObject,
  type SignKeyObjectInput,
  constants,
  sign as nodeSign,
  verify as nodeVerify,
} from 'node:crypto'
import { type Input, type Output, bytesOf, decoded, written } from './codec.ts'
import { fault, known } from './fault.ts'
import type { Hash } from './hash.ts'
import { privateKey, publicKey } from './key.ts'
import type { Data } from './types.ts'

interface Algorithm {
  /** Null where the scheme hashes by itself. */
  readonly hash: Hash | null
  /** Kinds of key it takes, as node:crypto names them. */
  readonly keys: readonly string[]
  readonly options: Omit<SignKeyObjectInput, 'key'>
}

const rsa = (hash: Hash): Algorithm => ({
  hash,
  keys: ['rsa'],
  options: { padding: constants.RSA_PKCS1_PADDING },
})
/** The salt is as long as the digest, as JOSE and RFC 9421 have it. */
const pss = (hash: Hash): Algorithm => ({
  hash,
  keys: ['rsa', 'rsa-pss'],
  options: {
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  },
})
const ecdsa = (hash: Hash, dsaEncoding: 'der' | 'ieee-p1363'): Algorithm => ({
  hash,
  keys: ['ec'],
  options: { dsaEncoding },
})

/** `-der` is ASN.1, as X.509 and most libraries give it; `-p1363` is r and s side by side, as JOSE has it. */
const ALGORITHMS = {
  'rsa-sha1': rsa('sha1'),
  'rsa-sha256': rsa('sha256'),
  'rsa-sha384': rsa('sha384'),
  'rsa-sha512': rsa('sha512'),
  'rsa-pss-sha256': pss('sha256'),
  'rsa-pss-sha384': pss('sha384'),
  'rsa-pss-sha512': pss('sha512'),
  'ecdsa-sha256-der': ecdsa('sha256', 'der'),
  'ecdsa-sha384-der': ecdsa('sha384', 'der'),
  'ecdsa-sha512-der': ecdsa('sha512', 'der'),
  'ecdsa-sha256-p1363': ecdsa('sha256', 'ieee-p1363'),
  'ecdsa-sha384-p1363': ecdsa('sha384', 'ieee-p1363'),
  'ecdsa-sha512-p1363': ecdsa('sha512', 'ieee-p1363'),
  ed25519: { hash: null, keys: ['ed25519'], options: {} },
} as const satisfies Record<string, Algorithm>

export type SignatureAlgorithm = keyof typeof ALGORITHMS
// Object.keys of a constant gives its keys and no others.
export const SIGNATURE_ALGORITHMS = Object.keys(ALGORITHMS) as readonly SignatureAlgorithm[]

/** The signature of text or bytes under a private key (PEM or base64 PKCS#8), base64 unless told otherwise. */
export function sign(
  algorithm: SignatureAlgorithm,
  key: string,
  data: Data,
  output: Output = 'base64',
): string {
  const entry = known<Algorithm>(ALGORITHMS, algorithm, { scheme: 'sign', param: 'algorithm' })
  const at = { scheme: 'sign', param: 'key' }
  const loaded = privateKey(key, at, { pss: entry.keys.includes('rsa-pss') })
  const input = { key: fitting(loaded, entry, 'sign', algorithm), ...entry.options }
  const bytes = bytesOf(data, { scheme: 'sign', param: 'data' })
  try {
    return written(nodeSign(entry.hash, bytes, input), output, 'sign')
  } catch {
    // A key too short for the padding, mostly; the cause may quote it.
    throw fault(at, `does not sign with ${algorithm}`)
  }
}

/** Whether a signature of text or bytes is that of a public key (PEM, certificate or base64 SPKI). Malformed ones are not. */
export function verify(
  algorithm: SignatureAlgorithm,
  key: string,
  data: Data,
  signature: Data,
  from: Input = 'base64',
): boolean {
  const entry = known<Algorithm>(ALGORITHMS, algorithm, { scheme: 'verify', param: 'algorithm' })
  const place = { scheme: 'verify', param: 'key' }
  const loaded = publicKey(key, place, { pss: entry.keys.includes('rsa-pss') })
  const input = { key: fitting(loaded, entry, 'verify', algorithm), ...entry.options }
  const bytes = bytesOf(data, { scheme: 'verify', param: 'data' })
  try {
    const at = { scheme: 'verify', param: 'signature' }
    const given = typeof signature === 'string' ? decoded(signature, from, at) : signature
    return nodeVerify(entry.hash, bytes, input, given)
  } catch {
    // Not of that form: a wrong signature like any other.
    return false
  }
}

/** The key, where it is of the algorithm's kind: an RSA key must not be tried where Ed25519 was agreed. */
function fitting(key: KeyObject, { keys }: Algorithm, scheme: string, name: string): KeyObject {
  if (keys.includes(key.asymmetricKeyType ?? '')) return key
  throw fault(
    { scheme, param: 'key' },
    `is not of the kind that ${name} takes (${keys.join(', ')})`,
  )
}
