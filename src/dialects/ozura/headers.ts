/**
 * @module Which headers of a call whose body is the PSP's own go on to the PSP: all but those that are for us.
 */
import { NOT_PASSED } from '../../forward/headers.ts'
import { bearerOf, type Credential, type IsOurs } from './credential.ts'

/**
 * For us, or for whoever stands before us. The core leaves out more: those of a connection, `Host`, `Accept-Encoding`,
 * `Via`, `Forwarded` and `X-Forwarded-*`.
 */
const FOR_US = new Set(['x-token', 'x-proxy-url', 'x-cvc-session-id', 'x-pub-key', 'cookie'])

/** Those to pass. Our own credential is never among them, wherever it stands; another one in its place is the PSP's. */
export function passedHeaders(
  headers: Headers,
  credential: Credential | null,
  isOurs: IsOurs,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...headers].filter(([name, value]) => {
      if (FOR_US.has(name) || NOT_PASSED.has(name) || name === credential?.header) return false
      return !isOurs(name === 'authorization' ? (bearerOf(value) ?? '') : value)
    }),
  )
}
