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
  return [0, 1, 2].flatMap((offset) => {
    const whole = Buffer.concat([Buffer.alloc(offset), bytes])
    const shared = whole.length % 3 === 0 ? undefined : Math.floor((whole.length * 4) / 3)
    const own = [Math.ceil((offset * 4) / 3), shared] as const
    const texts = [whole.toString('base64').replace(/=+$/, ''), whole.toString('base64url')]
    return [...new Set(texts.map((text) => text.slice(...own)))]
  })
}
