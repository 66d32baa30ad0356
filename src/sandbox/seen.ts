/**
 * @module The record of requests that the sandbox has received: for tests that must know whether, and how often, the PSP was reached.
 */
import type { Received } from './exchange.ts'
import { mask } from './mask.ts'

export interface SeenRequest {
  readonly id: number
  /** Milliseconds since 1970. */
  readonly at: number
  readonly method: string
  readonly path: string
  readonly query: string
  /** Credentials are cut to their scheme. */
  readonly headers: Readonly<Record<string, string>>
  /** Masked, and cut after 4096 characters. */
  readonly body: string
  /** How many bytes the body had. */
  readonly bytes: number
  /** Status of the answer; null while there is none and where the connection was dropped. */
  readonly status: number | null
}

const KEPT = 5000
const BODY = 4096
const CREDENTIALS = new Set(['authorization', 'proxy-authorization', 'cookie', 'x-api-key'])

export interface RequestRecord {
  /** Enters a request. @returns what to call with the status of its answer */
  enter(request: Received, at: number): (status: number) => void
  /** The last 5000 requests, oldest first. */
  list(): readonly SeenRequest[]
  /** How many there were in all. */
  total(): number
  clear(): void
}

/** Makes an empty record. Everything in it is masked as it is entered. */
export function createRecord(): RequestRecord {
  let seen: (SeenRequest & { status: number | null })[] = []
  let total = 0
  return {
    enter(request, at) {
      const entry = {
        id: ++total,
        at,
        method: request.method,
        path: mask(request.path),
        query: mask(`?${request.query}`).slice(1),
        headers: maskHeaders(request.headers),
        // Masked over more than is kept, so that no number is cut in two before it is seen.
        body: mask(request.body.subarray(0, 2 * BODY).toString('utf8')).slice(0, BODY),
        bytes: request.body.length,
        // Filled in when the answer is known.
        status: null as number | null,
      }
      seen.push(entry)
      // Now and then, so that the list is not moved for every request.
      if (seen.length > 2 * KEPT) seen = seen.slice(-KEPT)
      return (status) => {
        entry.status = status
      }
    },
    list: () => seen.slice(-KEPT),
    total: () => total,
    clear() {
      seen = []
      total = 0
    },
  }
}

function maskHeaders(headers: Received['headers']): { [name: string]: string } {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      CREDENTIALS.has(name) ? `${/^\w+ /.exec(value)?.[0] ?? ''}[masked]` : mask(value),
    ]),
  )
}
