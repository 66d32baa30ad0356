/**
 * @module Finds the route of a request.
 */

interface Routed {
  /** `*` takes any method. */
  readonly method: string
  /** Segments that start with a colon are open: `/v1/charges/:id`. */
  readonly path: string
}

type Match<R> =
  | { readonly route: R; readonly segments: readonly string[] }
  /** There is such a path, for these methods. */
  | { readonly allow: readonly string[] }

/** @returns the first route that fits, with what stands in its open segments; null where no route has this path */
export function find<R extends Routed>(
  routes: readonly R[],
  method: string,
  path: string,
): Match<R> | null {
  const allow: string[] = []
  for (const route of routes) {
    const segments = matchPath(route.path.split('/'), path.split('/'))
    if (!segments) continue
    if (route.method === '*' || route.method === method) return { route, segments }
    allow.push(route.method)
  }
  return allow.length > 0 ? { allow } : null
}

function matchPath(pattern: readonly string[], path: readonly string[]): string[] | null {
  if (pattern.length !== path.length) return null
  const segments: string[] = []
  for (const [i, part] of pattern.entries()) {
    const given = path[i] ?? ''
    if (part.startsWith(':') && given !== '') segments.push(given)
    else if (part !== given) return null
  }
  return segments
}
