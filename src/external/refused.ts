/**
 * @module Why an adapter's file is not loaded: where in it, and what is wrong.
 */

export class Refused extends Error {
  /** 1 where the file as a whole is meant. */
  readonly line: number

  constructor(reason: string, line: number) {
    // It is shown at terminals, and may hold words of the file.
    super(reason.replace(/\p{C}/gu, '?').slice(0, 500))
    this.name = 'Refused'
    this.line = line
  }
}

/** The line of a member of the adapter's definition: `operations.purchase.needs[0]` is searched name by name, downwards. */
export function lineOfMember(source: string, path: string): number {
  let at = 0
  for (const name of path.match(/\w+(?![\w\]])/g) ?? []) {
    const found = new RegExp(`(?<![\\w.$])['"]?${name}['"]?\\s*[:(,=}]`, 'g')
    found.lastIndex = at
    const match = found.exec(source)
    if (match) at = match.index
  }
  return lineAt(source, at)
}

/**
 * The line of the source that a line of its JavaScript came from: the one that has most words in common with it. Types are
 * gone from the JavaScript, so no two lines are the same; a tie goes to the first that is not above.
 */
export function lineOfCode(source: string, code: string, line: number): number {
  const words = wordsOf(code.split('\n')[line - 1] ?? '')
  const scores = source.split('\n').map((text, index) => {
    const own = wordsOf(text)
    const shared = [...words].filter((word) => own.has(word)).length
    // Comments and types only push lines down.
    return index + 1 < line ? 0 : shared / Math.max(words.size, own.size, 1)
  })
  const best = Math.max(...scores)
  return best > 0 ? scores.indexOf(best) + 1 : 1
}

/** The line of JavaScript, indented as the transpiler does, with the first `await` that stands in no function; null where there is none. */
export function lineOfAwait(code: string): number | null {
  const lines = code.split('\n')
  const indent = (text: string): number => text.search(/\S|$/)
  const found = lines.findIndex((text, index) => {
    const [before = '', after] = text.split(/\bawait\b/)
    if (after === undefined || /\basync\b/.test(before)) return false
    let inside = indent(text)
    // Up through the lines that it stands in: an `await` in a function has its `async` there.
    for (const outer of lines.slice(0, index).reverse()) {
      if (outer === '' || indent(outer) >= inside) continue
      inside = indent(outer)
      if (/\basync\b/.test(outer)) return false
    }
    return true
  })
  return found < 0 ? null : found + 1
}

/** The number of the line that an offset is in. */
export function lineAt(source: string, offset: number): number {
  return source.slice(0, offset).split('\n').length
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.match(/\w+/g) ?? [])
}
