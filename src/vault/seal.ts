/**
 * @module Authenticated encryption of one value: AES-256-GCM with its place as associated data (NIST SP 800-38D).
 */
import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto'
import { GatewayError } from '../errors.ts'

const FORMAT = 1
const NONCE = 12
const TAG = 16
const HEADER = 5
const WITH_TAG = { authTagLength: TAG }

/** A key and its version; the version stands in front of what it sealed. */
export interface SealingKey {
  readonly version: number
  readonly key: Buffer
  /** Counts what is sealed, and throws when that is as much as the key may. */
  readonly spend?: () => void
}

/**
 * Seals a value for one place. Layout: format (1 byte), key version (4, big-endian), nonce (12), ciphertext, tag (16).
 * Nonces are random: safe up to 2^32 values a key (SP 800-38D, 8.3).
 */
export function seal(
  key: SealingKey,
  plain: string | Uint8Array,
  place: readonly string[],
): Buffer {
  key.spend?.()
  const nonce = randomFillSync(Buffer.allocUnsafe(NONCE))
  const [text, tag] = encrypted(key.key, nonce, plain, associated(key.version, place))
  const sealed = Buffer.allocUnsafe(HEADER + NONCE + text.length + TAG)
  sealed[0] = FORMAT
  sealed.writeUInt32BE(key.version, 1)
  sealed.set(nonce, HEADER)
  sealed.set(text, HEADER + NONCE)
  sealed.set(tag, HEADER + NONCE + text.length)
  return sealed
}

/** Opens what {@link seal} sealed for the same place. Throws `integrity` for anything else. */
export function unseal(
  keyOf: (version: number) => Buffer | undefined,
  sealed: Uint8Array,
  place: readonly string[],
): Buffer {
  try {
    const version = versionOf(sealed)
    const key = version === null ? undefined : keyOf(version)
    if (version === null || !key) throw new RangeError()
    const nonce = sealed.subarray(HEADER, HEADER + NONCE)
    return decrypt(key, nonce, sealed.subarray(HEADER + NONCE), associated(version, place))
  } catch (cause) {
    throw new GatewayError('integrity', `The stored ${place.at(-1) ?? 'value'} does not open.`, {
      cause,
    })
  }
}

/** Opened bytes as text; the bytes are overwritten, the text itself cannot be. */
export function textOf(bytes: Buffer): string {
  const text = bytes.toString('utf8')
  bytes.fill(0)
  return text
}

/** The key version that a sealed value names; null where it is none. */
export function versionOf(sealed: Uint8Array): number | null {
  if (sealed.byteLength < HEADER + NONCE + TAG || sealed[0] !== FORMAT) return null
  let version = 0
  for (let at = 1; at < HEADER; at++) version = version * 256 + (sealed[at] ?? 0)
  return version
}

/** AES-256-GCM: the ciphertext and behind it the tag. */
export function encrypt(
  key: Buffer,
  nonce: Buffer,
  plain: string | Uint8Array,
  aad: Buffer,
): Buffer {
  return Buffer.concat(encrypted(key, nonce, plain, aad))
}

function encrypted(
  ...[key, nonce, plain, aad]: Parameters<typeof encrypt>
): readonly [text: Buffer, tag: Buffer] {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, WITH_TAG)
  cipher.setAAD(aad)
  const sealed = typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain)
  // GCM is a stream cipher: everything comes from update.
  cipher.final()
  return [sealed, cipher.getAuthTag()]
}

/** The opposite of {@link encrypt}. Throws unless key, nonce, text, tag and associated data belong together. */
export function decrypt(key: Buffer, nonce: Uint8Array, sealed: Uint8Array, aad: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, WITH_TAG)
  decipher.setAAD(aad)
  decipher.setAuthTag(sealed.subarray(-TAG))
  // GCM is a stream cipher: everything comes from update, and final only checks, so that there is one copy.
  const plain = decipher.update(sealed.subarray(0, -TAG))
  try {
    decipher.final()
  } catch (error) {
    plain.fill(0)
    throw error
  }
  return plain
}

/** The header of what is sealed and the place. Lengths stand before the parts, so that no two places give the same bytes. */
function associated(version: number, place: readonly string[]): Buffer {
  let size = HEADER
  for (const part of place) size += 4 + Buffer.byteLength(part)
  const bytes = Buffer.allocUnsafe(size)
  bytes[0] = FORMAT
  let at = bytes.writeUInt32BE(version, 1)
  for (const part of place) {
    const length = bytes.write(part, at + 4)
    at = bytes.writeUInt32BE(length, at) + length
  }
  return bytes
}
