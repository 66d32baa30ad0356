/**
 * @module Where a value stands in a text. No pattern is made of a value: compiling one costs more than all else that a forward does.
 */

/** From the first character to behind the last. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** Every place where its value stands in a text of Latin-1 characters, in order; no two overlap. */
export type Finder = (text: string) => readonly Span[]

/** None; shared, because most texts have none. */
export const NOWHERE: readonly Span[] = []

/** Where one of the spellings stands, exactly as it is. */
export function findSpellings(text: string, spellings: readonly string[]): readonly Span[] {
  const found: Span[] = []
  for (const spelling of spellings) {
    let start = text.indexOf(spelling)
    while (start >= 0) {
      found.push({ start, end: start + spelling.length })
      start = text.indexOf(spelling, start + spelling.length)
    }
  }
  return disjoint(found)
}

/** In order, without those that begin inside the one before. */
export function disjoint(spans: readonly Span[]): readonly Span[] {
  if (spans.length < 2) return spans
  let end = 0
  return spans
    .toSorted((a, b) => a.start - b.start || b.end - a.end)
    .filter((span) => {
      if (span.start < end) return false
      end = span.end
      return true
    })
}

/** What base64 makes of bytes wherever they begin: its own characters only, without those it shares with its neighbours. */
export function base64Spellings(bytes: Buffer): readonly string[] {
  const padded = Buffer.alloc(bytes.length + 2)
  padded.set(bytes, 2)
  return [0, 1, 2].flatMap((offset) => {
    const whole = padded.subarray(2 - offset)
    // Without the padding, and without a last character that is not all of these bytes.
    const end = Math.floor((whole.length * 4) / 3)
    const text = whole.toString('base64').slice(Math.ceil((offset * 4) / 3), end)
    return /[+/]/.test(text) ? [text, text.replaceAll('+', '-').replaceAll('/', '_')] : [text]
  })
}
