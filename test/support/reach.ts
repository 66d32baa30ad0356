/**
 * @module Which headers bring a request to one of several routes that share a path.
 */
import type { Route } from '../../src/route.ts'

/** What tells APIs apart. `KEY` stands for the caller's credential. */
const TELLING: readonly Readonly<Record<string, string>>[] = [
  {},
  { 'content-type': 'application/json' },
  { 'x-proxy-url': 'https://psp.example/' },
  { 'bt-api-key': 'KEY' },
]

/** The headers to add. Throws where a route cannot be reached by any that are known here. */
export function reach(
  routes: readonly Route[],
  route: Route,
  key: string,
): Readonly<Record<string, string>> {
  const rivals = routes.filter(({ method, path }) => method === route.method && path === route.path)
  const found = TELLING.find((headers) => {
    const given = new Headers(headers)
    return (rivals.find(({ when }) => when?.(given) ?? true) ?? rivals.at(-1)) === route
  })
  if (!found) throw new Error(`${route.method} ${route.path}: no headers reach "${route.summary}"`)
  return Object.fromEntries(
    Object.entries(found).map(([name, value]) => [name, value === 'KEY' ? key : value]),
  )
}
