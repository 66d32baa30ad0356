/**
 * @module Percent-encoding read with offsets, so that placeholders are found that arrive encoded.
 */
import type { Encoding } from './parts.ts'

export interface Decoded {
  readonly text: string
  /** Whether offsets can be mapped back by {@link percentEncoding}: not with stray `%` signs, or bytes that are not UTF-8. */
  readonly exact: boolean
  /** Whether anything was encoded at all. */
  readonly encoded: boolean
}

/** Decodes as UTF-8; `plus` reads `+` as a space. What cannot be decoded stays as it is. */
export function decodePercent(raw: string, plus: boolean): Decoded {
  const spaced = plus ? raw.replaceAll('+', ' ') : raw
  if (!raw.includes('%')) return { text: spaced, exact: true, encoded: false }
  try {
    return { text: decodeURIComponent(spaced), exact: true, encoded: true }
  } catch {
    // Good enough to see whether there is a placeholder: those are written in ASCII.
    const ascii = spaced.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) => {
      return String.fromCharCode(Number.parseInt(hex, 16))
    })
    return { text: ascii, exact: false, encoded: true }
  }
}

/** Correct percent-encoding of UTF-8: RFC 3629 section 3 for the lengths. */
export const percentEncoding: Encoding = {
  mark: 0x25,
  sequence(raw, at) {
    const lead = Number.parseInt(raw.slice(at + 1, at + 3), 16)
    if (lead < 0x80) return { width: 3, stands: 1 }
    if (lead < 0xe0) return { width: 6, stands: 1 }
    return lead < 0xf0 ? { width: 9, stands: 1 } : { width: 12, stands: 2 }
  },
}
