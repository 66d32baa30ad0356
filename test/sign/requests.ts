/** @module Requests for tests of signing: written out, or read from the text of a message. */
import type { SignRequest } from '../../src/sign/index.ts'

export function request(
  method: string,
  url: string,
  headers: SignRequest['headers'] = {},
  body: string | Uint8Array = '',
): SignRequest {
  return { method, url, headers, bytes: typeof body === 'string' ? Buffer.from(body) : body }
}

/** An HTTP/1.1 message as RFCs and test suites print it: a first line, headers, an empty line, the body. */
export function parsed(text: string): SignRequest & { readonly status: number } {
  const [head = '', ...rest] = text.split('\n\n')
  const [first = '', ...lines] = head.replace(/\n[ \t]+/g, ' ').split('\n')
  const headers: Record<string, string[]> = {}
  for (const line of lines.filter((one) => one !== '')) {
    const colon = line.indexOf(':')
    ;(headers[line.slice(0, colon)] ??= []).push(line.slice(colon + 1).trim())
  }
  const found = /^(\S+) (.*) HTTP\/1\.1$/.exec(first)
  const host = headers['Host']?.[0] ?? 'example.com'
  return {
    method: found?.[1] ?? '',
    url: `https://${host}${found?.[2] ?? '/'}`,
    headers,
    bytes: Buffer.from(rest.join('\n\n')),
    status: Number(/^HTTP\/1\.1 (\d+)/.exec(first)?.[1] ?? 0),
  }
}

/** RFC 9421, B.2: the messages all its examples are over. */
export const TEST_REQUEST = `POST /foo?param=Value&Pet=dog HTTP/1.1
Host: example.com
Date: Tue, 20 Apr 2021 02:07:55 GMT
Content-Type: application/json
Content-Digest: sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:
Content-Length: 18

{"hello": "world"}`
export const TEST_RESPONSE = `HTTP/1.1 200 OK
Date: Tue, 20 Apr 2021 02:07:56 GMT
Content-Type: application/json
Content-Digest: sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:
Content-Length: 23

{"message": "good dog"}`
