/**
 * @module TypeScript as text: literals, objects and lists, on one line where they fit.
 */

/** Longer lines are broken. */
const WIDTH = 100

/** A string as a literal, in single quotes where it has none. */
export function quoted(text: string): string {
  const written = JSON.stringify(text)
  return text.includes("'") ? written : `'${written.slice(1, -1).replaceAll('\\"', '"')}'`
}

/** A name as a key of an object. */
function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name)
}

/** A JSON value as an expression. */
export function literal(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  if (Array.isArray(value)) return list(value.map(literal))
  if (typeof value === 'object' && value !== null) {
    return object(Object.entries(value).map(([name, one]) => [name, literal(one)]))
  }
  return String(value)
}

/** An object of expressions; an entry with an empty name stands as it is, such as a spread. */
export function object(entries: readonly (readonly [name: string, value: string])[]): string {
  const parts = entries.map(([name, value]) => (name === '' ? value : member(name, value)))
  return wrapped('{', parts, '}', ' ')
}

function member(name: string, value: string): string {
  // `build(intent) {..}` and the like are written by their makers.
  return `${key(name)}: ${value}`
}

/** A list of expressions. */
export function list(items: readonly string[]): string {
  return wrapped('[', items, ']', '')
}

/** A call with its arguments. */
export function call(name: string, ...given: readonly string[]): string {
  return wrapped(`${name}(`, given, ')', '')
}

function wrapped(open: string, parts: readonly string[], close: string, space: string): string {
  if (parts.length === 0) return open + close
  const line = `${open}${space}${parts.join(', ')}${space}${close}`
  // Room for the indentation and the name before it.
  if (line.length <= WIDTH - 30 && !line.includes('\n')) return line
  return `${open}\n${parts.map((part) => `${indented(part)},`).join('\n')}\n${close}`
}

/** Two spaces before each line. */
export function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ')
}
