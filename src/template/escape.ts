/**
 * @module How a value is written where its placeholder stood, so that it cannot break out: one table for every place.
 */
import type { Escape } from '../adapter.ts'
import { GatewayError } from '../errors.ts'
import type { FilterValue } from '../hole.ts'
import { Refusal, asText, percentEncode } from './value.ts'
import { writeXmlCdata, writeXmlText } from './xml-text.ts'

/** The places of a body, and those of the request's head. */
export type Place = Escape | 'path' | 'query' | 'header'

type Writer = (value: FilterValue) => string

const WRITERS: Readonly<Record<Place, Writer>> = {
  'json-value': jsonValue,
  'json-string': (value) => JSON.stringify(asText(value)).slice(1, -1),
  form: (value) => formText(asText(value)),
  'xml-text': (value) => writeXmlText(asText(value)),
  'xml-attribute': (value) => writeXmlText(asText(value)),
  'xml-cdata': (value) => writeXmlCdata(asText(value)),
  text: (value) => plainText(asText(value)),
  path: (value) => pathSegment(asText(value)),
  query: (value) => percentEncode(asText(value)),
  header: (value) => headerText(asText(value)),
}

/**
 * Writes a value for its place.
 *
 * @param where what the error calls the place: a field's path or a placeholder's label.
 * @throws GatewayError `invalid_template` where the place cannot hold the value; the message names the place alone.
 */
export function escapeValue(value: FilterValue, place: Place, where: string): string {
  try {
    return WRITERS[place](value)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const message = `${where}: the value cannot stand here (${place}): ${error.message}.`
    throw new GatewayError('invalid_template', message, { param: where })
  }
}

function jsonValue(value: FilterValue): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return JSON.stringify(asText(value))
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Refusal('it is no number')
  return JSON.stringify(value)
}

/** As `URLSearchParams` writes it: https://url.spec.whatwg.org/#urlencoded-serializing */
function formText(text: string): string {
  // Most names and values are of these alone.
  if (/^[\w.-]*$/.test(text)) return text
  return percentEncode(text).replaceAll('%20', '+').replaceAll('%2A', '*').replaceAll('~', '%7E')
}

/** There is no escape to use in text of an unknown format; a line break could begin another part of it. */
function plainText(text: string): string {
  if (/[\0-\x08\x0a-\x1f\x7f]/.test(text)) throw new Refusal('it holds control characters')
  return text
}

function pathSegment(text: string): string {
  if (text === '') throw new Refusal('it is empty')
  if (text === '.' || text === '..') throw new Refusal('it would change the path')
  return percentEncode(text)
}

/** RFC 9110 section 5.5, less the tab: octets from 0x20, sent as Latin-1. */
function headerText(text: string): string {
  if (/[^\x20-\x7e\x80-\xff]/.test(text)) {
    throw new Refusal('it holds control characters or characters beyond Latin-1')
  }
  return text
}
