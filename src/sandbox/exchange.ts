/**
 * @module What the sandbox's routes take and give: a request read whole, and a reply, which may also be a broken one.
 */

export interface Received {
  readonly method: string
  /** As it arrived, percent-encoding kept. */
  readonly path: string
  /** What follows `?`, as it arrived; empty where there is none. */
  readonly query: string
  /** Names in lower case; repeated headers joined as HTTP says. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

export interface Answered {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** Milliseconds to wait before answering. */
  readonly delay?: number
}

export type Reply =
  | Answered
  /** The connection is destroyed: before an answer, or after its headers and half of its body. */
  | { readonly drop: 'request' | 'headers' }

/** Takes a request, and the segments of its path that the route left open. */
export type Handler = (request: Received, ...segments: readonly string[]) => Reply

/** A plain-text reply. */
export function plain(status: number, text: string): Answered {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: text }
}

/** A JSON reply, indented as Stripe does it, for people to read. */
export function json(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answered {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: `${JSON.stringify(value, null, 2)}\n`,
  }
}
