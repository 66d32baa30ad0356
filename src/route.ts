/**
 * @module What a route is: one table entry, from which the server, the OpenAPI document and the scope tests are made.
 */
import type { TSchema } from '@sinclair/typebox'
import type { Caller } from './auth/caller.ts'
import type { Scope } from './auth/scopes.ts'
import type { GatewayError } from './errors.ts'
import type { JsonNode } from './json.ts'
import type { Secret } from './secret.ts'

/** What a handler gets: the caller is known, the body is read and checked. */
export interface Context {
  readonly request: Request
  readonly request_id: string
  readonly params: Readonly<Record<string, string>>
  readonly url: URL
  /** Whose request it is, for limits: the address of the caller, behind proxies that are trusted. */
  readonly address: string
  /** The exact bytes of the body. */
  readonly bytes: Uint8Array
  /** The body as JSON, for routes with a schema. */
  readonly json: JsonBody
}

export interface JsonBody {
  readonly text: string
  readonly node: JsonNode
  readonly value: unknown
}

interface Common {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'ANY'
  /** With `:name` for parameters, and `/*` at the end for everything below. */
  readonly path: string
  /** Where several APIs share a path: whether the request's headers are of this one. Without it, all are. */
  readonly when?: (headers: Headers) => boolean
  readonly tag: string
  readonly summary: string
  /** What the JSON body must be; absent where the route reads the bytes itself, or there is none. */
  readonly body?: TSchema
  /** Where `body` is several shapes: the one that was meant, so that an error is about that one. */
  readonly shape?: (value: unknown) => TSchema
  readonly query?: TSchema
  /** Status and body of success, for the OpenAPI document. */
  readonly answer?: { readonly status: number; readonly schema?: TSchema }
  /** Where the credential stands; by default in `Authorization: Bearer`. */
  readonly credential?: (request: Request) => Secret | null
  /** Answered however many requests there are: what load balancers ask. */
  readonly vital?: true
  /** This API's own form of an error. */
  readonly error?: (error: GatewayError, request_id: string, request: Request) => Response
}

/** A route for a caller with a scope, or with any (`null`). */
export interface CallerRoute extends Common {
  readonly scope: Scope | null
  /** Another scope that lets a caller in: `handle` then sees by the body which of the two is needed. */
  readonly alternative?: Scope
  handle(context: Context, caller: Caller): Promise<Response> | Response
}

/** A route for everybody. */
export interface OpenRoute extends Common {
  readonly open: true
  handle(context: Context): Promise<Response> | Response
}

export type Route = CallerRoute | OpenRoute
