/**
 * @module The OpenAPI 3.1 document, made from the routes and their schemas. https://spec.openapis.org/oas/v3.1.1
 */
import type { TSchema } from '@sinclair/typebox'
import { ERRORS } from '../errors.ts'
import type { Route } from '../route.ts'
import { VERSION } from '../version.ts'

interface Document {
  readonly openapi: '3.1.0'
  readonly info: Readonly<Record<string, unknown>>
  readonly servers: readonly { readonly url: string }[]
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly components: Readonly<Record<string, unknown>>
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete']

const ERROR = { $ref: '#/components/responses/Error' } as const

/** Of an API that is not ours. */
const OWN_ERROR = { description: 'An error, as the clients of this API expect it.' } as const

/** The document of these routes. */
export function openApi(routes: readonly Route[], url: string): Document {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    const methods = route.method === 'ANY' ? METHODS : [route.method.toLowerCase()]
    for (const method of methods)
      paths[path] = { [method]: operation(route, method), ...paths[path] }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Pangate',
      version: VERSION,
      description: 'A card vault and PSP forwarding gateway.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An API key or a JWT.' },
        api_key: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
      },
      schemas: { Error: errorSchema() },
      responses: {
        Error: {
          description: 'An error; `sent` says whether the PSP can have received the request.',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
        },
      },
    },
  }
}

function operation(route: Route, method: string): Readonly<Record<string, unknown>> {
  const { status = 200, schema } = route.answer ?? {}
  return {
    operationId: operationId(method, route.path),
    tags: [route.tag],
    summary: route.summary,
    ...('scope' in route && {
      security: [{ [route.credential ? 'api_key' : 'bearer']: [] }],
      ...(route.scope && { 'x-scope': route.scope }),
    }),
    ...parameters(route),
    ...(route.body && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: plain(route.body) } },
      },
    }),
    responses: {
      [status]: {
        description: 'Success',
        ...(schema && { content: { 'application/json': { schema: plain(schema) } } }),
      },
      '4XX': route.error ? OWN_ERROR : ERROR,
      '5XX': route.error ? OWN_ERROR : ERROR,
    },
  }
}

/** `postTokensReveal`. No two are alike, though paths differ by their last slash only. */
function operationId(method: string, path: string): string {
  const words = path.replace(/\/$/, '/slash').replace(/\*$/, 'below')
  return method + words.replace(/\W+(\w?)/g, (_, first: string) => first.toUpperCase())
}

function parameters({ path, query }: Route): Readonly<Record<string, unknown>> {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  // A query schema is an object of optional strings.
  const properties = (query?.['properties'] ?? {}) as Readonly<Record<string, TSchema>>
  const inQuery = Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: false,
    schema: plain(schema),
  }))
  const all = [...inPath, ...inQuery]
  return all.length > 0 ? { parameters: all } : {}
}

function errorSchema(): Readonly<Record<string, unknown>> {
  const text = { type: 'string' }
  const maybe = { type: ['string', 'null'] }
  return {
    type: 'object',
    required: ['error'],
    properties: {
      error: {
        type: 'object',
        required: ['code', 'message', 'param', 'sent', 'hint', 'request_id'],
        properties: {
          code: { type: 'string', enum: Object.keys(ERRORS) },
          message: text,
          param: maybe,
          sent: { type: 'string', enum: ['no', 'unknown', 'yes'] },
          hint: text,
          request_id: text,
          template: text,
          forward: text,
        },
      },
    },
  }
}

/** A schema as plain JSON: TypeBox keeps symbols on it that JSON leaves out. */
function plain(schema: TSchema): unknown {
  return JSON.parse(JSON.stringify(schema))
}
