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
  { 'bt-api-key': 'KEY', 'bt-proxy-url': 'https://psp.example/' },
  { 'bt-authorization': 'Bearer KEY', 'bt-target-url': 'https://psp.example/' },
]

/** The headers to add. Throws where a route cannot be reached by any that are known here. */
export function reach(
  routes: readonly Route[],
  route: Route,
  key: string,
): Readonly<Record<string, string>> {
  const rivals = routes.filter(({ method, path }) => method === route.method && path === route.path)
  const picked = (headers: Readonly<Record<string, string>>): Route | undefined =>
    rivals.find(({ when }) => when?.(new Headers(headers)) ?? true)
  const found =
    TELLING.find((headers) => picked(headers) === route) ??
    (rivals.at(-1) === route ? {} : undefined)
  if (!found) throw new Error(`${route.method} ${route.path}: no headers reach "${route.summary}"`)
  return Object.fromEntries(
    Object.entries(found).map(([name, value]) => [name, value.replace('KEY', key)]),
  )
}
