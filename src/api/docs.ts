/**
 * @module `/openapi.json`, and `/docs`: the same document as one page without scripts, so that it needs no network and trusts nobody.
 */
import type { Gateway } from '../gateway.ts'
import { json } from '../respond.ts'
import type { Route } from '../route.ts'
import { docsPage } from './docs_page.ts'
import { openApi } from './openapi.ts'

/** The routes of the documentation of the other routes. */
export function docsRoutes({ config }: Gateway, routes: readonly Route[]): readonly Route[] {
  const document = openApi(routes, config.server.public_url)
  let page: string | undefined
  const tag = 'Service'
  return [
    {
      method: 'GET',
      path: '/openapi.json',
      tag,
      open: true,
      summary: 'This API as OpenAPI',
      answer: { status: 200 },
      handle: () => json(200, document),
    },
    {
      method: 'GET',
      path: '/docs',
      tag,
      open: true,
      summary: 'This API as a page',
      answer: { status: 200 },
      handle: () =>
        new Response((page ??= docsPage(routes, config.server.public_url)), {
          headers: {
            'content-type': 'text/html; charset=utf-8',
            'content-security-policy':
              "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            'x-content-type-options': 'nosniff',
            'referrer-policy': 'no-referrer',
          },
        }),
    },
  ]
}
