/**
 * @module The head of a request as the bytes of HTTP/1.1 (RFC 9112, 3 and 5), and a last look at whether it is one.
 */
import type { Outgoing } from '../call.ts'

/** RFC 9110, 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/
/** RFC 9110, 5.5: Latin-1 without control characters but tab, so that nothing ends the line. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
const TARGET = /^(?:\/[\x21-\x7e\x80-\xff]*)?$/
/** What says where the request ends and whom it is for is written here alone. */
const OURS = /^(?:connection|content-length|expect|host|te|trailer|transfer-encoding|upgrade)$/i

/**
 * Everything before the body, in Latin-1. `name` is what `Host` says.
 * Throws TypeError for what is no header: callers' words were checked before, so this is a fault of ours.
 */
export function requestHead(request: Outgoing, name: string): string {
  const { method, target, headers, body } = request
  if (!TOKEN.test(method) || !TARGET.test(target)) throw new TypeError('no request line')
  let head = `${method} ${target || '/'} HTTP/1.1\r\nHost: ${name}\r\n`
  for (const [field, value] of headers) {
    if (!TOKEN.test(field) || !VALUE.test(value) || OURS.test(field)) {
      throw new TypeError('no header')
    }
    head += `${field}: ${value}\r\n`
  }
  const bodiless = body.length === 0 && (method === 'GET' || method === 'DELETE')
  if (!bodiless) head += `Content-Length: ${body.length}\r\n`
  return `${head}Connection: keep-alive\r\n\r\n`
}
