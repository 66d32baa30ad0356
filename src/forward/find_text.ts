/**
 * @module Finds longer text, such as a cryptogram or an API key: plain, percent-encoded, escaped in JSON, and inside base64.
 */
import { base64Spellings, findSpellings, type Finder } from './finder.ts'

/** Finds a text as it is; in base64 only as a whole. */
export function findText(value: string): Finder {
  const bytes = Buffer.from(value)
  const spellings = new Set([
    // A text of Latin-1 characters has each byte as one.
    bytes.toString('latin1'),
    encodeURIComponent(value),
    Buffer.from(JSON.stringify(value).slice(1, -1)).toString('latin1'),
    ...base64Spellings(bytes),
  ])
  return (text) => findSpellings(text, [...spellings])
}
