/**
 * @module What crosses the sandbox's border is JSON, in which texts with a mark stand for holes, bytes, functions and nothing.
 *
 * The mark is new for each call and nobody's guess, so no data of a caller's is ever taken for a hole.
 */
import type { Hole } from '../adapter.ts'

/** What marked texts may stand for; what is not given may not occur. */
export interface Marked {
  /** Makes a hole of its kind and what it was made with. */
  readonly hole?: (kind: string, given: readonly string[]) => Hole<string>
  readonly bytes?: readonly Uint8Array[]
  /** Objects that the other side has as well, and names by their number. */
  readonly known?: readonly object[]
  /** In place of functions. */
  readonly functions?: typeof FUNCTION
  /** Lists keep their gaps, as the arguments of a function do. */
  readonly gaps?: true
}

/** Stands for a function of the adapter's. */
export const FUNCTION = Symbol('function')

/** Deeper values are refused. */
const DEPTH = 100

/** The value of a text that came out. Throws TypeError where it is none. */
export function read(text: string, mark: string, marked: Marked): unknown {
  const value: unknown = JSON.parse(text)
  return text.includes(mark) ? replace(value, mark, marked, 0) : value
}

/** Puts what marked texts stand for in their place. The value is ours alone: nobody has seen it before. */
function replace(value: unknown, mark: string, marked: Marked, depth: number): unknown {
  if (typeof value === 'string') return value.includes(mark) ? meaning(value, mark, marked) : value
  if (typeof value !== 'object' || value === null) return value
  if (depth > DEPTH) throw new TypeError('is nested too deep')
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => replace(item, mark, marked, depth + 1))
    return marked.gaps ? items : items.filter((item) => item !== undefined)
  }
  for (const [name, member] of Object.entries(value)) {
    const meant = replace(member, mark, marked, depth + 1)
    if (meant === member) continue
    // Not by assignment, because a member may be called __proto__.
    if (meant === undefined) Reflect.deleteProperty(value, name)
    else Object.defineProperty(value, name, { value: meant })
  }
  return value
}

function meaning(text: string, mark: string, { hole, bytes, known, functions }: Marked): unknown {
  if (!text.startsWith(mark)) throw new TypeError('has a hole inside of a text: use kit.text')
  const rest = text.slice(mark.length + 1)
  switch (text[mark.length]) {
    case 'u':
      return undefined
    case 'h':
      if (hole) return readHole(rest, hole)
      throw new TypeError('has a hole where there can be none')
    case 'b':
      if (bytes?.[Number(rest)]) return bytes[Number(rest)]
      break
    case 'v':
      if (known?.[Number(rest)]) return known[Number(rest)]
      break
    case 'f':
      if (functions) return functions
  }
  throw new TypeError('is no data')
}

function readHole(text: string, hole: NonNullable<Marked['hole']>): Hole<string> {
  const spec: unknown = JSON.parse(text)
  if (!Array.isArray(spec)) throw new TypeError('has a hole of no kind')
  const [kind = '', ...given] = spec.map(String)
  return hole(kind, given)
}
