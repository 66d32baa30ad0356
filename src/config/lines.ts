/**
 * @module On which line of a TOML file each key stands, which the parser does not tell.
 */

/** A key's place in the document: `['auth', 'issuers', 0, 'audience']`. */
export type Path = readonly (string | number)[]

/** Finds the line of a key, or of the nearest table around it, counted from 1. */
export type LineOf = (path: Path) => number

/** What a bare key is made of. */
const BARE = /[A-Za-z0-9_-]/

/** Reads a document that the parser accepted (TOML 1.0): it checks nothing, and only follows keys, brackets and strings. */
export function keyLines(text: string): LineOf {
  const lines = new Map<string, number>()
  /** Last index of each array of tables. */
  const arrays = new Map<string, number>()
  let at = 0
  let line = 1

  function note(path: Path): void {
    for (let length = 1; length <= path.length; length++) {
      const name = nameOf(path.slice(0, length))
      if (!lines.has(name)) lines.set(name, line)
    }
  }

  function advance(count: number): void {
    for (const end = Math.min(at + count, text.length); at < end; at++)
      if (text[at] === '\n') line++
  }

  function skip(blank: RegExp): void {
    while (at < text.length) {
      if (text[at] === '#') while (at < text.length && text[at] !== '\n') at++
      else if (blank.test(text.charAt(at))) advance(1)
      else return
    }
  }

  function string(): string {
    const quote = text.charAt(at)
    const mark = text.startsWith(quote.repeat(3), at) ? quote.repeat(3) : quote
    advance(mark.length)
    const start = at
    while (at < text.length && !text.startsWith(mark, at)) {
      advance(quote === '"' && text[at] === '\\' ? 2 : 1)
    }
    const value = text.slice(start, at)
    advance(mark.length)
    // Up to two more quotes before the closing three belong to the string.
    while (mark.length === 3 && text[at] === quote) advance(1)
    return value
  }

  function key(): string[] {
    const parts: string[] = []
    do {
      if (text[at] === '.') advance(1)
      skip(/[ \t]/)
      if (text[at] === '"' || text[at] === "'") parts.push(string())
      else {
        const start = at
        while (BARE.test(text.charAt(at))) advance(1)
        parts.push(text.slice(start, at))
      }
      skip(/[ \t]/)
    } while (text[at] === '.')
    return parts
  }

  /** A key, `=` and its value. */
  function pair(table: Path): void {
    const from = at
    const path = [...table, ...key()]
    note(path)
    if (text[at] === '=') advance(1)
    skip(/[ \t]/)
    value(path)
    // Never stands still, whatever it is given.
    if (at === from) advance(1)
  }

  function value(path: Path): void {
    const first = text.charAt(at)
    if (first === '"' || first === "'") string()
    else if (first === '{') list('}', () => pair(path))
    else if (first === '[') {
      list(']', (index) => {
        note([...path, index])
        value([...path, index])
      })
    } else while (at < text.length && !/[,\]}\n#]/.test(text.charAt(at))) advance(1)
  }

  function list(close: string, element: (index: number) => void): void {
    advance(1)
    for (let index = 0; ; index++) {
      skip(/[\s,]/)
      if (at >= text.length || text[at] === close) break
      const from = at
      element(index)
      if (at === from) advance(1)
    }
    advance(1)
  }

  /** `[a.b]` or `[[a.b]]`: the table that the following keys are in. */
  function header(): Path {
    const array = text[at + 1] === '['
    advance(array ? 2 : 1)
    const parts = key()
    advance(array ? 2 : 1)
    const path: (string | number)[] = []
    for (const [i, part] of parts.entries()) {
      path.push(part)
      const name = nameOf(path)
      if (array && i === parts.length - 1) arrays.set(name, (arrays.get(name) ?? -1) + 1)
      const index = arrays.get(name)
      if (index !== undefined) path.push(index)
    }
    note(path)
    return path
  }

  let table: Path = []
  for (;;) {
    skip(/\s/)
    if (at >= text.length) break
    if (text[at] === '[') table = header()
    else pair(table)
  }

  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const found = lines.get(nameOf(path.slice(0, length)))
      if (found !== undefined) return found
    }
    return 1
  }
}

function nameOf(path: Path): string {
  return JSON.stringify(path)
}
