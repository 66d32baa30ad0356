/**
 * @module Builds a template from a source text: what lies between placeholders is copied in its exact spelling.
 */
import type { Escape, Slot, Template, Text } from '../adapter.ts'
import { escapeValue } from './escape.ts'
import type { Found } from './grammar.ts'

/** An encoding in which every character stands for itself but those sequences that begin with one mark. */
export interface Encoding {
  /** The code of the mark: that of `\\` in JSON, `%` in forms and URLs, `&` in XML. */
  readonly mark: number
  /** The sequence whose mark is at `at`: how many characters it takes, and how many it stands for. */
  sequence(raw: string, at: number): { readonly width: number; readonly stands: number }
}

/** Where a decoded string is spelled in the source. */
export interface Spelling {
  readonly start: number
  /** Without it, the spelling is the string itself. */
  readonly encoding?: Encoding | undefined
}

/** A template in the making. Strings must be put in the order in which they stand in the source. */
export class Parts {
  readonly #source: string
  readonly #parts: (string | Slot)[] = []
  #copied: number

  /** @param start where in the source the template begins. */
  constructor(source: string, start = 0) {
    this.#source = source
    this.#copied = start
  }

  /** Puts slots where placeholders were found in a decoded string of the source. */
  put(found: readonly Found[], spelling: Spelling, escape: Escape, where: string): void {
    const locate = locator(this.#source, spelling)
    for (const one of found) {
      const start = locate(one.start)
      this.replace(start, locate(one.end), one, escape, where)
    }
  }

  /** Puts one slot in place of an exact stretch of the source. */
  replace(start: number, end: number, found: Found, escape: Escape, where: string): void {
    this.#literal(this.#source.slice(this.#copied, start))
    if ('hole' in found) this.#parts.push({ hole: found.hole, escape })
    else this.#literal(escapeValue(found.literal, escape, where))
    this.#copied = end
  }

  /** @param end where in the source the template ends. */
  done(end = this.#source.length): Template {
    this.#literal(this.#source.slice(this.#copied, end))
    return this.#parts.length > 0 ? this.#parts : ['']
  }

  #literal(text: string): void {
    if (text === '') return
    const last = this.#parts.at(-1)
    if (typeof last === 'string') this.#parts[this.#parts.length - 1] = last + text
    else this.#parts.push(text)
  }
}

/** The offset in the source of an offset in the decoded string; to be asked in ascending order. */
export function locator(source: string, { start, encoding }: Spelling): (offset: number) => number {
  if (!encoding) return (offset) => start + offset
  let at = start
  let decoded = 0
  return (offset) => {
    while (decoded < offset) {
      if (source.charCodeAt(at) === encoding.mark) {
        const { width, stands } = encoding.sequence(source, at)
        at += width
        decoded += stands
      } else {
        at++
        decoded++
      }
    }
    return at
  }
}

/** A template as text with holes, for the places of a request's head, whose escape is known there. */
export function asTextWithHoles(template: Template): Text<string> {
  // Most have no placeholder.
  if (template.length === 1 && typeof template[0] === 'string') return template[0]
  const parts = template.map((part) => (typeof part === 'string' ? part : part.hole))
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : parts
}
