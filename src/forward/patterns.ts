/**
 * @module Patterns that find a value in every usual written form. All run in linear time: no two alternatives begin alike.
 */

/** What people and programs put between digits; NUL because UTF-16 does, and C2 A0 because a no-break space is that in UTF-8. */
const BETWEEN = String.raw`(?:[\s\0\-._/,+\xa0\xc2]|%20|%2[dD]|&nbsp;|&#160;|\\u00a0){0,3}`

/** The same in hexadecimal; no digit begins like them. */
const BETWEEN_HEX = '(?:2[0bcdef]|5f|c2|a0|00){0,3}'

/** Groups on cards of 14 digits (4-6-4) and 15 (4-6-5); all others are printed by four. */
const PRINTED: { readonly [length: number]: RegExp } = {
  14: /^.{4}|(?<=^.{4}).{6}|.{4}$/g,
  15: /^.{4}|(?<=^.{4}).{6}|.{5}$/g,
}

/** Names of fields that hold a security code. */
const CVC_NAMES =
  'cvc|cvv|cvn|csc|cvd|cid|security_?-?code|verification_?-?(?:value|code)|card_?-?code'

/** Before a value in JSON (also inside a JSON string), forms, XML, HTML and query strings. */
const ASSIGNED = String.raw`(?:\\{0,8}["']|&quot;|%22)?\s{0,8}(?:[:=>]|%3[aAdD])\s{0,8}(?:\\{0,8}["']|&quot;|%22)?`

/**
 * A number of eight digits or more: plain, grouped, as character references, percent-encoded, in UTF-16, hexadecimal, and
 * inside base64 at each of its three offsets.
 */
export function numberPattern(value: string): RegExp {
  const characters = [...value].map(
    (one) =>
      `(?:${literal(one)}|\\\\u00${hex(one)}|&#(?:x${hex(one)}|${one.charCodeAt(0)});|%${hex(one)})`,
  )
  return new RegExp(
    [
      characters.join(BETWEEN),
      [...value].map(hex).join(BETWEEN_HEX),
      ...written(value).flatMap(base64Forms),
    ].join('|'),
    'gi',
  )
}

/** Longer text, such as a cryptogram or an API key: plain, percent-encoded, and inside base64. */
export function textPattern(value: string): RegExp {
  const forms = [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)].map(literal)
  return new RegExp([...new Set(forms), ...base64Forms(value)].join('|'), 'g')
}

/**
 * A security code in a field whose name says so, or that the request itself used for it. Three digits alone are found
 * anywhere, so they are no evidence.
 */
export function cvcPattern(value: string, fields: readonly string[]): RegExp {
  const own = fields.map((field) => `|(?<![A-Za-z0-9])${literal(field)}`).join('')
  return new RegExp(
    `(?<=(?:(?:${CVC_NAMES})[\\w\\]]{0,12}${own})(?:\\]|%5[dD])?${ASSIGNED})${value}(?!\\d)`,
    'gi',
  )
}

/** The number as it is, in groups as on cards, and in UTF-16. */
function written(value: string): readonly Buffer[] {
  const sizes = PRINTED[value.length] ?? /.{1,4}/g
  const groups = value.match(sizes) ?? []
  const wide = Buffer.from(value, 'utf16le')
  const texts = [value, groups.join(' '), groups.join('-')].map((text) => Buffer.from(text))
  return [...texts, wide, Buffer.from(wide).swap16()]
}

/** What base64 makes of the value wherever it begins: its own characters only, without those it shares with its neighbours. */
function base64Forms(value: string | Buffer): readonly string[] {
  return [0, 1, 2].map((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)])
    const whole = Math.floor((bytes.length * 4) / 3)
    const text = bytes.toString('base64').replace(/=+$/, '')
    const form = text.slice(Math.ceil((offset * 4) / 3), bytes.length % 3 === 0 ? undefined : whole)
    // Case matters in base64, but the pattern may ignore it: a few more finds do no harm at this length.
    return literal(form).replace(/\+/g, '[+-]').replace(/\\\//g, '[/_]')
  })
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(2, '0')
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`)
}
