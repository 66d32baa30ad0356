/**
 * @module Endpoints that misbehave on request: slow, broken off, redirecting, large, any status.
 */
import type { Handler } from './exchange.ts'
import { json, plain } from './exchange.ts'

const MOST_MS = 600_000
const MOST_BYTES = 256 * 1_048_576

/** `/slow?ms=`: waits (at most ten minutes), then answers 200. */
export const slow: Handler = (request) => {
  const ms = number(request.query, 'ms', 1000, MOST_MS)
  return { ...json(200, { slow: ms }), delay: ms }
}

/** `/status/:code`: that status, from 200 to 599. */
export const status: Handler = (_, code = '') => {
  const value = /^[2-5]\d\d$/.test(code) ? Number(code) : null
  if (value === null) return plain(400, 'A status is a number from 200 to 599.\n')
  return value === 204 || value === 304 ? { status: value } : json(value, { status: value })
}

/** `/drop`: takes the request, then destroys the connection; `?after=headers` sends half an answer first. */
export const drop: Handler = (request) => ({
  drop: new URLSearchParams(request.query).get('after') === 'headers' ? 'headers' : 'request',
})

/** `/redirect?status=307&to=/echo`. */
export const redirect: Handler = (request) => {
  const query = new URLSearchParams(request.query)
  const code = number(request.query, 'status', 302, 399)
  const to = query.get('to') ?? '/echo'
  // A header takes visible ASCII only; anything else would be a way to add headers.
  if (code < 300 || !/^[\x21-\x7e]+$/.test(to)) return plain(400, 'No redirect that can be sent.\n')
  return { status: code, headers: { location: to } }
}

/** `/large?bytes=`: a JSON string of that many bytes in all, at most 256 MB. */
export const large: Handler = (request) => {
  const bytes = Math.max(2, number(request.query, 'bytes', MOST_BYTES / 16, MOST_BYTES))
  const body = Buffer.alloc(bytes, 'x')
  body[0] = body[bytes - 1] = '"'.charCodeAt(0)
  return { status: 200, headers: { 'content-type': 'application/json' }, body }
}

function number(query: string, name: string, otherwise: number, most: number): number {
  const text = new URLSearchParams(query).get(name)
  return text !== null && /^\d{1,12}$/.test(text) ? Math.min(Number(text), most) : otherwise
}
