/**
 * @module Text in XML, read and written: references, CDATA, and the characters that XML cannot hold.
 */
import type { Encoding } from './parts.ts'
import { Refusal } from './value.ts'

/** Characters that XML 1.0 cannot hold in any spelling: https://www.w3.org/TR/xml/#charsets */
export const NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u

/** Beyond the markup characters: line breaks and tabs, which parsers change, and what depends on the declared encoding. */
const SPECIAL = /[&<>"'\t\n\r]|[^\0-\x7f]/gu

const NAMES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

function reference(char: string): string {
  return NAMES[char] ?? `&#${char.codePointAt(0)};`
}

/** Text for an element or an attribute, the same under any declared encoding. */
export function writeXmlText(text: string): string {
  if (NOT_XML.test(text)) throw new Refusal('it holds characters that XML cannot hold')
  return text.replace(SPECIAL, reference)
}

/** `]` and `>` too: `]]>` may come about only together with the text around the placeholder. */
const CDATA_SPECIAL = /(?:[\]>\r]|[^\0-\x7f])+/gu

/** CDATA has no escapes, so it is closed, the characters written as references, and opened again. */
export function writeXmlCdata(text: string): string {
  if (NOT_XML.test(text)) throw new Refusal('it holds characters that XML cannot hold')
  if (text === '') return ']]><![CDATA['
  return text.replace(CDATA_SPECIAL, (run) => {
    const references = run.replace(/./gsu, reference)
    return `]]>${references}<![CDATA[`
  })
}

const REFERENCE = /&(?:#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6})|([a-z]{2,4}));/y
const PREDEFINED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
}

/** The reference that begins at `at`, or null where it is malformed, of an unknown entity, or of no character. */
function readReference(raw: string, at: number): { width: number; text: string } | null {
  REFERENCE.lastIndex = at
  const match = REFERENCE.exec(raw)
  if (!match) return null
  const [whole, decimal, hex, name] = match
  if (name !== undefined) {
    const text = Object.hasOwn(PREDEFINED, name) ? PREDEFINED[name] : undefined
    return text === undefined ? null : { width: whole.length, text }
  }
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
  if (code > 0x10ffff) return null
  const text = String.fromCodePoint(code)
  return NOT_XML.test(text) ? null : { width: whole.length, text }
}

/** Text with its references resolved, or the offset of the first that cannot be. */
export function decodeReferences(raw: string): string | number {
  let at = raw.indexOf('&')
  if (at < 0) return raw
  let text = raw.slice(0, at)
  while (at >= 0) {
    const found = readReference(raw, at)
    if (!found) return at
    const end = at + found.width
    at = raw.indexOf('&', end)
    text += found.text + raw.slice(end, at < 0 ? raw.length : at)
  }
  return text
}

/** Text whose references are known to be right. */
export const references: Encoding = {
  mark: 0x26,
  sequence(raw, at) {
    const found = readReference(raw, at)
    return found ? { width: found.width, stands: found.text.length } : { width: 1, stands: 1 }
  },
}
