/**
 * @module Messages of a PSP with something changed in them: a check of signatures must refuse each.
 */
import type { Json } from '../adapter.ts'
import { json } from '../forward/parse.ts'

/** The text with one thing changed, in several ways; what a PSP does not sign may be among it. */
export function tampered(text: string): readonly string[] {
  const value = json(text)
  if (value === undefined || typeof value !== 'object' || value === null) {
    // In XML, the text of every element.
    const leaves = text.replace(/[^<>](?=<\/)/g, (one) => changed(one))
    if (text.startsWith('<') && leaves !== text) return [leaves]
    const digit = text.replace(/\d(?=\D*$)/, (one) => String((Number(one) + 1) % 10))
    return [...new Set([digit, `${text}x`, text.slice(0, -1)])].filter((one) => one !== text)
  }
  return [JSON.stringify(everyLeaf(value)), ...oneLeafEach(value).map((one) => JSON.stringify(one))]
}

/** Every text and number another one. */
function everyLeaf(value: Json): Json {
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value)
      ? value.map((one: Json) => everyLeaf(one))
      : Object.fromEntries(Object.entries(value).map(([name, one]) => [name, everyLeaf(one)]))
  }
  return changed(value)
}

function oneLeafEach(value: Json): readonly Json[] {
  if (typeof value !== 'object' || value === null) {
    const other = changed(value)
    return other === value ? [] : [other]
  }
  return Object.entries(value).flatMap(([name, one]: [string, Json]) =>
    oneLeafEach(one).map((other): Json => {
      if (Array.isArray(value)) {
        return value.map((kept: Json, at) => (String(at) === name ? other : kept))
      }
      return { ...value, [name]: other }
    }),
  )
}

function changed(value: string): string
function changed(value: Json): Json
function changed(value: Json): Json {
  if (typeof value === 'number') return value + 1
  if (typeof value === 'boolean') return !value
  if (typeof value !== 'string') return value
  const last = value.at(-1) ?? ''
  return value.slice(0, -1) + (last === '1' ? '2' : '1')
}
