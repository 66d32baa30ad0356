/**
 * @module Every place in a JSON value, and the value with something else in one of them.
 */

export interface Position {
  /** Names and indices with dots between them; empty for the whole. */
  readonly path: string
  readonly value: unknown
}

/** Every member of objects and lists, at any depth. */
export function positions(value: unknown, path = ''): readonly Position[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => {
    if (inner === undefined) return []
    const place = path === '' ? name : `${path}.${name}`
    return [{ path: place, value: inner }, ...positions(inner, place)]
  })
}

/** A copy in which another value stands at the path. */
export function replaceAt(value: unknown, path: string, other: unknown): unknown {
  if (path === '') return other
  const [name = '', ...rest] = path.split('.')
  if (typeof value !== 'object' || value === null) return value
  const change = (key: string, inner: unknown): unknown =>
    key === name ? replaceAt(inner, rest.join('.'), other) : inner
  return Array.isArray(value)
    ? value.map((inner: unknown, at) => change(String(at), inner))
    : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, change(key, inner)]))
}
