/**
 * @module Strict JSON (RFC 8259) as a tree with offsets into the text, so that a part can be replaced or handed on byte for byte.
 */
import type { Json } from './adapter.ts'
import { GatewayError } from './errors.ts'

/** `start` and `end` delimit the node's exact spelling in the scanned text, quotes and brackets included. */
interface Span {
  readonly start: number
  readonly end: number
}

export interface JsonEntry {
  /** The key, decoded. */
  readonly key: string
  /** Where the key's spelling is, quotes included. */
  readonly keyStart: number
  readonly keyEnd: number
  readonly value: JsonNode
}

export interface JsonObject extends Span {
  readonly kind: 'object'
  readonly entries: readonly JsonEntry[]
}

export interface JsonArray extends Span {
  readonly kind: 'array'
  readonly items: readonly JsonNode[]
}

export interface JsonString extends Span {
  readonly kind: 'string'
  readonly value: string
  /** Whether the spelling has escapes, so that offsets in `value` are not offsets in the text. */
  readonly escaped: boolean
}

export interface JsonNumber extends Span {
  readonly kind: 'number'
  /** As written: `1.10`, `1e2`, `9007199254740993`. */
  readonly raw: string
}

export interface JsonLiteral extends Span {
  readonly kind: 'true' | 'false' | 'null'
}

export type JsonNode = JsonObject | JsonArray | JsonString | JsonNumber | JsonLiteral

interface ScanOptions {
  /** How many arrays and objects may stand inside each other. Default 64. */
  readonly maxDepth?: number
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Decodes a body as UTF-8. A byte order mark is refused, since RFC 8259 section 8.1 forbids sending one.
 * @throws GatewayError `invalid_json` on malformed UTF-8 or a byte order mark.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    throw new GatewayError('invalid_json', 'The body is not UTF-8.')
  }
  if (text.charCodeAt(0) === 0xfeff) {
    throw new GatewayError('invalid_json', 'The body begins with a byte order mark.')
  }
  return text
}

/**
 * Scans one JSON value. Accepts what `JSON.parse` accepts, but for repeated keys and deep nesting.
 * @throws GatewayError `invalid_json` with line, column and offset (in UTF-16 units), never with what stands there.
 */
export function scan(text: string, { maxDepth = 64 }: ScanOptions = {}): JsonNode {
  const node = scanValue(text, skipSpace(text, 0), maxDepth)
  const end = skipSpace(text, node.end)
  if (end < text.length) fail(text, end, 'something follows the value')
  return node
}

/**
 * A node of a text, by default all of it, as a plain value; a key `__proto__` is an ordinary key.
 * @throws GatewayError as {@link scan}, where it is not given a node.
 */
export function toValue(text: string, node: JsonNode = scan(text)): Json {
  // What was scanned is JSON, of which JSON.parse makes nothing else, and sooner than we could from the nodes.
  return JSON.parse(slice(text, node)) as Json
}

/** The node's exact spelling. */
export function slice(text: string, node: JsonNode): string {
  return text.slice(node.start, node.end)
}

/** The value under a key, or `undefined` where the node is no object or has no such key. */
export function member(node: JsonNode, key: string): JsonNode | undefined {
  if (node.kind !== 'object') return undefined
  return node.entries.find((entry) => entry.key === key)?.value
}

// Each reader takes the offset of a node's first character and returns the node; the next one begins after `end`.

function scanValue(text: string, at: number, left: number): JsonNode {
  switch (text.charCodeAt(at)) {
    case 0x22: // "
      return scanString(text, at)
    case 0x7b: // {
      return scanObject(text, at, left)
    case 0x5b: // [
      return scanArray(text, at, left)
    case 0x74: // t
      return scanLiteral(text, at, 'true')
    case 0x66: // f
      return scanLiteral(text, at, 'false')
    case 0x6e: // n
      return scanLiteral(text, at, 'null')
    default:
      return scanNumber(text, at)
  }
}

function scanObject(text: string, start: number, left: number): JsonObject {
  if (left === 0) fail(text, start, 'nested too deeply')
  const entries: JsonEntry[] = []
  let seen: Set<string> | undefined
  let at = skipSpace(text, start + 1)
  if (text.charCodeAt(at) === 0x7d) return { kind: 'object', start, end: at + 1, entries }
  for (;;) {
    if (text.charCodeAt(at) !== 0x22) fail(text, at, 'a key in double quotes is expected')
    const keyStart = at
    const keyEnd = stringEnd(text, keyStart)
    const key = decoded(text, keyStart, keyEnd)
    if (seen === undefined && entries.length === 8) seen = new Set(entries.map((e) => e.key))
    // A set costs more than a few comparisons, and most objects are small.
    if (seen ? seen.has(key) : hasKey(entries, key)) fail(text, at, 'a key is repeated')
    seen?.add(key)
    at = skipSpace(text, keyEnd)
    if (text.charCodeAt(at) !== 0x3a) fail(text, at, 'a colon is expected')
    const value = scanValue(text, skipSpace(text, at + 1), left - 1)
    entries.push({ key, keyStart, keyEnd, value })
    at = skipSpace(text, value.end)
    const next = text.charCodeAt(at)
    if (next === 0x7d) return { kind: 'object', start, end: at + 1, entries }
    if (next !== 0x2c) fail(text, at, 'a comma or a closing brace is expected')
    at = skipSpace(text, at + 1)
  }
}

function scanArray(text: string, start: number, left: number): JsonArray {
  if (left === 0) fail(text, start, 'nested too deeply')
  const items: JsonNode[] = []
  let at = skipSpace(text, start + 1)
  if (text.charCodeAt(at) === 0x5d) return { kind: 'array', start, end: at + 1, items }
  for (;;) {
    const item = scanValue(text, at, left - 1)
    items.push(item)
    at = skipSpace(text, item.end)
    const next = text.charCodeAt(at)
    if (next === 0x5d) return { kind: 'array', start, end: at + 1, items }
    if (next !== 0x2c) fail(text, at, 'a comma or a closing bracket is expected')
    at = skipSpace(text, at + 1)
  }
}

function hasKey(entries: readonly JsonEntry[], key: string): boolean {
  for (const entry of entries) if (entry.key === key) return true
  return false
}

function scanString(text: string, start: number): JsonString {
  const end = stringEnd(text, start)
  const value = decoded(text, start, end)
  // Every escape is longer than what it stands for.
  return { kind: 'string', start, end, value, escaped: value.length < end - start - 2 }
}

/** The offset after the string that begins at `start`. */
function stringEnd(text: string, start: number): number {
  let at = start + 1
  for (;;) {
    const code = text.charCodeAt(at)
    if (code === 0x22) return at + 1
    if (code === 0x5c) at = skipEscape(text, at)
    else if (code >= 0x20) at++
    else if (code < 0x20) fail(text, at, 'a control character in a string is not escaped')
    else fail(text, at, 'a string is not closed')
  }
}

/** What a string says, once its end is known. */
function decoded(text: string, start: number, end: number): string {
  const within = text.slice(start + 1, end - 1)
  // The spelling is that of a string, so that is what comes back.
  return within.includes('\\') ? (JSON.parse(text.slice(start, end)) as string) : within
}

const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})/y

/** The offset after the escape that begins at `at`. */
function skipEscape(text: string, at: number): number {
  // The escape of JSON inside JSON; the expression is slower.
  if (text.charCodeAt(at + 1) === 0x22) return at + 2
  ESCAPE.lastIndex = at
  if (!ESCAPE.test(text)) fail(text, at, 'an escape is not one of JSON')
  return ESCAPE.lastIndex
}

function scanNumber(text: string, start: number): JsonNumber {
  let at = text.charCodeAt(start) === 0x2d ? start + 1 : start
  if (text.charCodeAt(at) === 0x30) at++
  else at = skipDigits(text, at, start)
  if (text.charCodeAt(at) === 0x2e) at = skipDigits(text, at + 1, start)
  if ((text.charCodeAt(at) | 0x20) === 0x65) {
    const sign = text.charCodeAt(at + 1)
    at = skipDigits(text, sign === 0x2b || sign === 0x2d ? at + 2 : at + 1, start)
  }
  return { kind: 'number', start, end: at, raw: text.slice(start, at) }
}

/** The offset after one or more digits. */
function skipDigits(text: string, start: number, number: number): number {
  let at = start
  for (let code = text.charCodeAt(at); code >= 0x30 && code <= 0x39;) code = text.charCodeAt(++at)
  if (at === start) fail(text, at, at === number ? 'a value is expected' : 'a digit is expected')
  return at
}

function scanLiteral(text: string, start: number, kind: JsonLiteral['kind']): JsonLiteral {
  if (!text.startsWith(kind, start)) fail(text, start, 'a value is expected')
  return { kind, start, end: start + kind.length }
}

function skipSpace(text: string, start: number): number {
  let at = start
  let code = text.charCodeAt(at)
  while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
    code = text.charCodeAt(++at)
  }
  return at
}

function fail(text: string, at: number, what: string): never {
  const before = text.slice(0, at)
  const line = before.split('\n').length
  const column = at - before.lastIndexOf('\n')
  const place = `line ${line}, column ${column} (offset ${at})`
  throw new GatewayError('invalid_json', `Not valid JSON at ${place}: ${what}.`)
}
