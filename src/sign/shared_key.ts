/**
 * @module How an account writes a shared key, and the key behind it.
 */
import type { Input } from './codec.ts'
import type { Key } from './key.ts'

/** How the text of a shared key is read. */
export const KEY_ENCODINGS = ['utf8', 'hex', 'base64', 'base64url'] as const satisfies Input[]
export type KeyEncoding = (typeof KEY_ENCODINGS)[number]

const KEYS: Readonly<Record<KeyEncoding, (text: string) => Key>> = {
  utf8: (text) => text,
  hex: (hex) => ({ hex }),
  base64: (base64) => ({ base64 }),
  base64url: (base64url) => ({ base64url }),
}

/** The key behind a credential's text. */
export function sharedKey(text: string, encoding: KeyEncoding): Key {
  return KEYS[encoding](text)
}
