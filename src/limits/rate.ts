/**
 * @module Rates as operators write them: `200/s`, `600/min`, `200/s burst 400`, `none`.
 */
import type { Rule } from './store.ts'

/** What a rate's text must be, for messages. */
export const RATE_FORM = '"N/s" or "N/min", perhaps with " burst M", or "none"'

const UNITS: Readonly<Record<string, number>> = { s: 1_000, min: 60_000 }
/** Any rate but `none`. */
export const RATE = /^([1-9][0-9]{0,6})\/(s|min)(?: burst ([1-9][0-9]{0,6}))?$/

/**
 * The rule of a rate: as many as `burst` at once (by default those of one whole unit of time), refilled evenly at the
 * rate. Null for `none`; undefined for any other text.
 */
export function parseRate(text: string): Rule | null | undefined {
  if (text === 'none') return null
  const [, count, unit = '', burst = count] = RATE.exec(text) ?? []
  const each = UNITS[unit]
  if (each === undefined) return undefined
  return { limit: Number(burst), window_ms: (Number(burst) * each) / Number(count) }
}
