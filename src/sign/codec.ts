/**
 * @module Bytes to text and back: hex, base64 and their kin, strictly. RFC 4648.
 */
import { type Place, fault, known } from './fault.ts'
import type { Data } from './types.ts'

/** How bytes are written. `base64hex` is the base64 of the lower-case hex digits, which some PSPs ask for. */
const OUTPUTS = {
  hex: (bytes) => bytes.toString('hex'),
  HEX: (bytes) => bytes.toString('hex').toUpperCase(),
  base64: (bytes) => bytes.toString('base64'),
  base64url: (bytes) => bytes.toString('base64url'),
  'base64url-padded': (bytes) => bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_'),
  base64hex: (bytes) => Buffer.from(bytes.toString('hex')).toString('base64'),
  utf8: (bytes, place) => {
    const text = bytes.toString('utf8')
    if (Buffer.compare(Buffer.from(text), bytes) !== 0) throw fault(place, 'is not UTF-8')
    return text
  },
  latin1: (bytes) => bytes.toString('latin1'),
} as const satisfies Record<string, (bytes: Buffer, place: Place) => string>

export type Output = keyof typeof OUTPUTS
// Object.keys of a constant gives its keys and no others.
export const OUTPUT_NAMES = Object.keys(OUTPUTS) as readonly Output[]

interface Reading {
  readonly form: RegExp
  readonly as: BufferEncoding
  /** What the bytes are again text in. */
  readonly then?: 'hex'
}

/** How text is read. Anything outside its form is refused, because Buffer would drop it in silence. */
const INPUTS = {
  utf8: { form: /^/, as: 'utf8' },
  // One byte a character.
  latin1: { form: /^[\u0000-\u00ff]*$/, as: 'latin1' },
  hex: { form: /^(?:[0-9a-fA-F]{2})*$/, as: 'hex' },
  base64: { form: /^[A-Za-z0-9+/]*={0,2}$/, as: 'base64' },
  base64url: { form: /^[A-Za-z0-9_-]*={0,2}$/, as: 'base64url' },
  // Both alphabets say the same of hex digits, which have no 62nd and 63rd character in base64.
  base64hex: { form: /^[A-Za-z0-9]*={0,2}$/, as: 'base64', then: 'hex' },
} as const satisfies Record<string, Reading>

export type Input = keyof typeof INPUTS
// As above.
export const INPUT_NAMES = Object.keys(INPUTS) as readonly Input[]

/** The bytes of text or bytes. Throws for anything else, without showing it: adapters are not type-checked at run time. */
export function bytesOf(data: Data, place: Place): Buffer {
  if (typeof data === 'string') return Buffer.from(data, 'utf8')
  if (data instanceof Uint8Array) return Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  throw fault(place, 'is neither text nor bytes')
}

/** Bytes, or the bytes of UTF-8 text, as text. */
export function encode(data: Data, output: Output = 'base64'): string {
  return written(bytesOf(data, { scheme: 'encode', param: 'data' }), output, 'encode')
}

/** Text as bytes. Throws where the text is not of that form. */
export function decode(text: string, from: Input = 'base64'): Uint8Array {
  return decoded(text, from, { scheme: 'decode', param: 'text' })
}

/** As `encode`, for the output of another function, which the error names. */
export function written(bytes: Buffer, output: Output, scheme: string): string {
  const place = { scheme, param: 'output' }
  return known<(bytes: Buffer, place: Place) => string>(OUTPUTS, output, place)(bytes, place)
}

/** As `decode`, for the input of another function, which the error names. */
export function decoded(text: unknown, from: Input, place: Place): Buffer {
  const { form, as, then } = known<Reading>(INPUTS, from, { scheme: place.scheme, param: 'from' })
  if (typeof text !== 'string') throw fault(place, 'is not text')
  if (!form.test(text)) throw fault(place, `is not ${from}`)
  // A lone last character of base64 is six bits, which make no byte.
  if (as.startsWith('base64') && text.replaceAll('=', '').length % 4 === 1) {
    throw fault(place, `is not ${from}`)
  }
  const bytes = Buffer.from(text, as)
  return then ? decoded(bytes.toString('latin1'), then, place) : bytes
}
