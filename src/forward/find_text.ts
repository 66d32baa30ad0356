/**
 * @module Finds longer text, such as a cryptogram or an API key: plain, percent-encoded, escaped in JSON, and inside base64.
 */
import { NOWHERE, base64Spellings, findSpellings, type Finder } from './finder.ts'

/** Finds a text as it is; in base64 only as a whole. */
export function findText(value: string): Finder {
  const spellings = spellingsOf(value)
  const shortest = Math.min(...spellings.map((spelling) => spelling.length))
  return (text) => (text.length < shortest ? NOWHERE : findSpellings(text, spellings))
}

function spellingsOf(value: string): readonly string[] {
  const spellings = [
    latin1(value),
    encodeURIComponent(value),
    latin1(JSON.stringify(value).slice(1, -1)),
    ...base64Spellings(Buffer.from(value)),
  ]
  return spellings.filter((spelling, at) => spellings.indexOf(spelling) === at)
}

/** Each byte of its UTF-8 as one character, as in the texts that are searched. */
function latin1(text: string): string {
  return /^[\0-\x7f]*$/.test(text) ? text : Buffer.from(text).toString('latin1')
}
