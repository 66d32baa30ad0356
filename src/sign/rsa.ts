/**
 * @module Encryption of fields under a PSP's RSA key: OAEP and PKCS#1 v1.5. RFC 8017.
 */
import { constants, privateDecrypt, publicEncrypt } from 'node:crypto'
import { type Input, type Output, bytesOf, decoded, written } from './codec.ts'
import { fault, known } from './fault.ts'
import type { Hash } from './hash.ts'
import { privateKey, publicKey } from './key.ts'
import type { Data } from './types.ts'

interface Padding {
  readonly padding: number
  /** OAEP's hash, which is MGF1's too. */
  readonly oaepHash?: Hash
}

const oaep = (oaepHash: Hash): Padding => ({
  padding: constants.RSA_PKCS1_OAEP_PADDING,
  oaepHash,
})

const OAEP = {
  'oaep-sha1': oaep('sha1'),
  'oaep-sha256': oaep('sha256'),
  'oaep-sha384': oaep('sha384'),
  'oaep-sha512': oaep('sha512'),
} as const satisfies Record<string, Padding>

const PADDINGS = {
  ...OAEP,
  pkcs1: { padding: constants.RSA_PKCS1_PADDING },
} as const satisfies Record<string, Padding>

export type RsaPadding = keyof typeof PADDINGS
/** PKCS#1 v1.5 is written where a PSP wants it and never read: reading it answers Bleichenbacher's questions. */
export type ReadableRsaPadding = keyof typeof OAEP

/** Text or bytes under a public key (PEM, certificate or base64 SPKI), base64 unless told otherwise. */
export function rsaEncrypt(
  padding: RsaPadding,
  key: string,
  data: Data,
  output: Output = 'base64',
): string {
  const entry = known<Padding>(PADDINGS, padding, { scheme: 'rsaEncrypt', param: 'padding' })
  const at = { scheme: 'rsaEncrypt', param: 'key' }
  const input = { key: publicKey(key, at), ...entry }
  const bytes = bytesOf(data, { scheme: 'rsaEncrypt', param: 'data' })
  let sealed: Buffer
  try {
    sealed = publicEncrypt(input, bytes)
  } catch {
    // The cause may quote what was to be encrypted.
    throw fault(at, 'is not RSA, or too short for the data')
  }
  return written(sealed, output, 'rsaEncrypt')
}

/** The reverse, under a private key, from base64 unless told otherwise, as UTF-8 text unless told otherwise. */
export function rsaDecrypt(
  padding: ReadableRsaPadding,
  key: string,
  sealed: Data,
  options: { readonly from?: Input } = {},
  output: Output = 'utf8',
): string {
  const entry = known<Padding>(OAEP, padding, { scheme: 'rsaDecrypt', param: 'padding' })
  const at = { scheme: 'rsaDecrypt', param: 'data' }
  const input = { key: privateKey(key, { scheme: 'rsaDecrypt', param: 'key' }), ...entry }
  const from = options?.from ?? 'base64'
  const bytes = typeof sealed === 'string' ? decoded(sealed, from, at) : bytesOf(sealed, at)
  let plain: Buffer
  try {
    plain = privateDecrypt(input, bytes)
  } catch {
    throw fault(at, 'does not decrypt under this key')
  }
  return written(plain, output, 'rsaDecrypt')
}
