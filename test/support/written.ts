/**
 * @module The ways a value may be written in a file: what the canary search looks for.
 */
import { createHash } from 'node:crypto'
import type { Canary } from './run.ts'

/** One spelling of one canary. */
export interface Needle {
  readonly canary: Canary
  readonly form: string
  readonly bytes: Buffer
}

/** The search looks values up by their last bytes, so that a spelling must have this many. */
export const MINIMUM = 8

/** How fields with a security code are called, in our own API and in those of PSPs. */
const CODE_NAMES = ['cvc', 'cvv', 'security_code'] as const

/** Every spelling of a canary that can be searched for by its bytes alone. */
export function spellings(canary: Canary): readonly Needle[] {
  const table =
    canary.kind === 'number'
      ? number(canary.value)
      : canary.kind === 'cvc'
        ? code(canary.value)
        : secret(canary.value)
  return Object.entries(table)
    .map(([form, bytes]) => ({ canary, form, bytes: Buffer.from(bytes) }))
    .filter((needle) => needle.bytes.length >= MINIMUM)
}

type Table = Record<string, Buffer | string>

function number(value: string): Table {
  const table: Table = {
    ...texts('', value),
    ...texts(' reversed', [...value].reverse().join('')),
    ...texts(' with its pairs reversed', swapPairs(value)),
    ...hashes(value),
    'each digit percent-encoded': each(value, (digit) => `%3${digit}`),
    'each digit as a JSON escape': each(value, (digit) => `\\u003${digit}`),
    'each digit as an XML entity': each(value, (digit) => `&#${digit.charCodeAt(0)};`),
    'each digit as a hexadecimal XML entity': each(value, (digit) => `&#x3${digit};`),
    'binary coded decimal': Buffer.from(even(value), 'hex'),
    'binary coded decimal, nibbles swapped': Buffer.from(swapPairs(even(value)), 'hex'),
  }
  for (const separator of [' ', '-', '.', '+', '%20', '_', '\u00a0']) {
    Object.assign(table, texts(` grouped by ${JSON.stringify(separator)}`, group(value, separator)))
  }
  return table
}

function secret(value: string): Table {
  return {
    ...texts('', value),
    ...texts(' reversed', [...value].reverse().join('')),
    ...hashes(value),
    'percent-encoded': encodeURIComponent(value),
    'as a JSON string': JSON.stringify(value).slice(1, -1),
  }
}

/** A security code hides in base64 together with its field's name. Its plain forms are {@link codeFields}. */
function code(value: string): Table {
  const table: Table = {}
  for (const name of CODE_NAMES) {
    for (const field of [
      `"${name}":"${value}"`,
      `"${name}": "${value}"`,
      `${name}=${value}`,
      `<${name}>${value}<`,
    ]) {
      for (const offset of [0, 1, 2]) {
        table[`${field} in base64 at offset ${offset}`] = base64At(Buffer.from(field), offset)
      }
    }
  }
  return table
}

/** Fields named like a security code, with three or four digits, in JSON, forms, XML, headers, logs. */
export const codeFields =
  /(?:(?<![a-z])|(?<=%5B))(?:card|)[_.-]?(?:cv[cvn]2?|csc|cid|security[_-]?code|card[_-]?code|verification[_-]?(?:value|code))(?:%5D|%22|[\]"'\\\s])*(?:=|:|>|%3D|%3A|\s)(?:%22|<!\[CDATA\[|[\\"'\s[{(])*(\d{3,4})(?!\d)/gi

/** One text, in the encodings of characters, and those in base64 and hexadecimal. */
function texts(what: string, text: string): Table {
  const table: Table = {}
  for (const [name, bytes] of Object.entries({
    plain: Buffer.from(text),
    'UTF-16LE': Buffer.from(text, 'utf16le'),
    'UTF-16BE': Buffer.from(text, 'utf16le').swap16(),
  })) {
    table[name + what] = bytes
    table[`${name}${what} in hexadecimal`] = bytes.toString('hex')
    table[`${name}${what} in upper-case hexadecimal`] = bytes.toString('hex').toUpperCase()
    for (const offset of [0, 1, 2]) {
      const text64 = base64At(bytes, offset)
      table[`${name}${what} in base64 at offset ${offset}`] = text64
      table[`${name}${what} in base64url at offset ${offset}`] = text64
        .replaceAll('+', '-')
        .replaceAll('/', '_')
    }
  }
  return table
}

/** A hash without a key can be reversed by trying every card number: it counts as the number itself. */
function hashes(value: string): Table {
  const table: Table = {}
  for (const algorithm of ['md5', 'sha1', 'sha256', 'sha512']) {
    const bytes = createHash(algorithm).update(value).digest()
    table[algorithm] = bytes
    table[`${algorithm} in hexadecimal`] = bytes.toString('hex')
    table[`${algorithm} in upper-case hexadecimal`] = bytes.toString('hex').toUpperCase()
    table[`${algorithm} in base64`] = bytes.toString('base64').replaceAll('=', '')
    table[`${algorithm} in base64url`] = bytes.toString('base64url')
  }
  return table
}

/** The characters of base64 that depend on these bytes alone, where `offset` bytes stand before them. */
function base64At(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
  const first = Math.ceil((8 * offset) / 6)
  const end = Math.floor((8 * (offset + bytes.length)) / 6)
  return text.slice(first, end)
}

/** As printed on cards: 4-6-5 for fifteen digits, 4-6-4 for fourteen, else by four. */
function group(value: string, separator: string): string {
  const parts =
    value.length === 15
      ? /^(.{4})(.{6})(.{5})$/
      : value.length === 14
        ? /^(.{4})(.{6})(.{4})$/
        : null
  const groups = parts?.exec(value)?.slice(1) ?? value.match(/.{1,4}/g) ?? []
  return groups.join(separator)
}

function swapPairs(value: string): string {
  return value.replace(/(.)(.)/g, '$2$1')
}

/** An odd number of digits is filled up with F, as ISO 8583 does. */
function even(value: string): string {
  return value.length % 2 === 0 ? value : `${value}F`
}

function each(value: string, write: (digit: string) => string): string {
  return [...value].map(write).join('')
}
