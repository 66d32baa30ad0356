/**
 * @module What a placeholder grammar is: it finds placeholders in decoded text and says what each stands for.
 */
import type { Hole } from '../adapter.ts'
import { GatewayError } from '../errors.ts'
import type { FilterValue } from '../hole.ts'

/** A placeholder in decoded text: its extent, and a hole or a value that is known already. */
export type Found = { readonly start: number; readonly end: number } & (
  { readonly hole: Hole<string> } | { readonly literal: FilterValue }
)

export interface Grammar {
  readonly name: string
  /**
   * Finds the placeholders of a decoded string, in order and not overlapping. `where` is the string's path, for errors.
   * Called for every string of a body: text without an opener must cost next to nothing and give {@link NONE}.
   * @throws GatewayError `invalid_template` for one that is malformed or unknown.
   */
  find(text: string, where: string): readonly Found[]
}

/** No placeholders; shared, because most strings have none. */
export const NONE: readonly Found[] = Object.freeze([])

/** Runs of digits that may be a card number written where a placeholder was meant, and UUIDs, which are none. */
const LONG_NUMBER = /([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})|\d(?:[ -]?\d){11,}/gi

/** How much of a placeholder an error repeats. */
const EXCERPT = 120

/**
 * The error for a placeholder, naming its field and itself. Long numbers are blotted out: a caller may have put a card
 * number where a placeholder belongs.
 */
export function invalidTemplate(
  message: string,
  where: string,
  placeholder?: string,
  hint?: string,
): GatewayError {
  const param = blotted(where)
  const template = placeholder && shorten(blotted(placeholder))
  const text = template ? `${param}: ${template}: ${message}.` : `${param}: ${message}.`
  return new GatewayError('invalid_template', text, {
    param,
    ...(template ? { template } : {}),
    ...(hint ? { hint } : {}),
  })
}

function blotted(text: string): string {
  return text.replace(LONG_NUMBER, (_, uuid?: string) => uuid ?? '[digits]')
}

/** The rest of a line is not shown: in plain text it need not belong to the placeholder. */
function shorten(text: string): string {
  const line = text.split(/[\r\n]/, 1)[0] ?? ''
  return line.length > EXCERPT ? `${line.slice(0, EXCERPT)}...` : line
}
