/**
 * @module Encryption of fields under a shared key: AES-CBC (NIST SP 800-38A), AES-GCM (SP 800-38D), 3DES-CBC.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { CipherGCMTypes } from 'node:crypto'
import { type Input, type Output, bytesOf, decoded, written } from './codec.ts'
import { type Place, fault, known } from './fault.ts'
import { type Key, keyBytes } from './key.ts'
import type { Data } from './types.ts'

interface Cipher {
  /** Lengths of key in bytes, and the name that OpenSSL has for each. */
  readonly names: Readonly<Record<number, string>>
  readonly block: number
  /** Length of a fresh IV in bytes. */
  readonly iv: number
  /** Length of the authentication tag in bytes, or 0. It stands at the end of the ciphertext, as in JCE and WebCrypto. */
  readonly tag: number
}

const CIPHERS = {
  'aes-cbc': {
    names: { 16: 'aes-128-cbc', 24: 'aes-192-cbc', 32: 'aes-256-cbc' },
    block: 16,
    iv: 16,
    tag: 0,
  },
  'aes-gcm': {
    names: { 16: 'aes-128-gcm', 24: 'aes-192-gcm', 32: 'aes-256-gcm' },
    block: 1,
    iv: 12,
    tag: 16,
  },
  // Only to derive keys, as Redsys does.
  '3des-cbc': { names: { 24: 'des-ede3-cbc' }, block: 8, iv: 8, tag: 0 },
} as const satisfies Record<string, Cipher>

const PADDINGS = { pkcs7: true, zero: true, none: true } as const

export type CipherName = keyof typeof CIPHERS

export interface CipherOptions {
  /** Bytes, or those of a text, or `fresh`: drawn by chance and put before the ciphertext, or read from there. */
  readonly iv: Uint8Array | { readonly utf8: string } | 'fresh'
  /** `zero` fills the last block with NUL, leaves a full one as it is, and is not taken off when read. GCM has none. */
  readonly padding?: keyof typeof PADDINGS
  /** Bound to the ciphertext but not in it. GCM alone. */
  readonly aad?: Data
}

/** Ciphertext of text or bytes, base64 unless told otherwise: IV (where fresh), ciphertext, tag (GCM). */
export function encrypt(
  algorithm: CipherName,
  key: Key,
  data: Data,
  options: CipherOptions,
  output: Output = 'base64',
): string {
  const { cipher, name, secret } = chosen(algorithm, key, options, 'encrypt')
  const fresh = options.iv === 'fresh'
  const iv = given(options.iv, 'encrypt') ?? randomBytes(cipher.iv)
  const plain = filled(bytesOf(data, { scheme: 'encrypt', param: 'data' }), cipher, options)
  try {
    // The table's names for GCM are those of the type; others take no tag and no associated data.
    const run = createCipheriv(name as CipherGCMTypes, secret, iv)
    run.setAutoPadding((options.padding ?? 'pkcs7') === 'pkcs7')
    if (cipher.tag > 0 && options.aad !== undefined) {
      run.setAAD(bytesOf(options.aad, { scheme: 'encrypt', param: 'aad' }))
    }
    const sealed = [run.update(plain), run.final(), cipher.tag > 0 ? run.getAuthTag() : '']
    const parts = sealed.filter((part) => typeof part !== 'string')
    return written(Buffer.concat(fresh ? [iv, ...parts] : parts), output, 'encrypt')
  } catch {
    throw fault({ scheme: 'encrypt', param: 'iv or padding' }, `does not suit ${algorithm}`)
  }
}

/** What `encrypt` sealed, from base64 unless told otherwise, as UTF-8 text unless told otherwise. One error for all causes. */
export function decrypt(
  algorithm: CipherName,
  key: Key,
  sealed: Data,
  options: CipherOptions & { readonly from?: Input },
  output: Output = 'utf8',
): string {
  const { cipher, name, secret } = chosen(algorithm, key, options, 'decrypt')
  const at: Place = { scheme: 'decrypt', param: 'data' }
  const all =
    typeof sealed === 'string' ? decoded(sealed, options.from ?? 'base64', at) : bytesOf(sealed, at)
  const fresh = options.iv === 'fresh'
  const iv = given(options.iv, 'decrypt') ?? all.subarray(0, cipher.iv)
  const body = all.subarray(fresh ? cipher.iv : 0, all.length - cipher.tag)
  let plain: Buffer
  try {
    // As above. The length is fixed, because a shorter tag could be guessed.
    const run = createDecipheriv(name as CipherGCMTypes, secret, iv, { authTagLength: 16 })
    run.setAutoPadding((options.padding ?? 'pkcs7') === 'pkcs7')
    if (cipher.tag > 0) {
      run.setAuthTag(all.subarray(all.length - cipher.tag))
      if (options.aad !== undefined) run.setAAD(bytesOf(options.aad, at))
    }
    plain = Buffer.concat([run.update(body), run.final()])
  } catch {
    // Which step failed stays untold: it would answer a padding oracle.
    throw fault(at, 'does not decrypt under this key')
  }
  return written(plain, output, 'decrypt')
}

/** The bytes that a caller chose; null for fresh ones. */
function given(iv: CipherOptions['iv'], scheme: string): Uint8Array | null {
  if (iv === 'fresh') return null
  // An adapter's code is not held to the types.
  return iv instanceof Uint8Array ? iv : bytesOf(iv?.utf8, { scheme, param: 'iv' })
}

function chosen(algorithm: CipherName, key: Key, options: CipherOptions, scheme: string) {
  if (typeof options !== 'object' || options === null) {
    throw fault({ scheme, param: 'options' }, 'is not a record')
  }
  known(PADDINGS, options.padding ?? 'pkcs7', { scheme, param: 'padding' })
  const cipher = known<Cipher>(CIPHERS, algorithm, { scheme, param: 'algorithm' })
  const secret = keyBytes(key, { scheme, param: 'key' })
  const name = cipher.names[secret.length]
  if (name === undefined) {
    throw fault({ scheme, param: 'key' }, `is not ${Object.keys(cipher.names).join(', ')} bytes`)
  }
  return { cipher, name, secret }
}

function filled(data: Buffer, { block }: Cipher, { padding }: CipherOptions): Buffer {
  if (padding !== 'zero') return data
  return Buffer.concat([data, Buffer.alloc((block - (data.length % block)) % block)])
}
