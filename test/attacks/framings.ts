/**
 * @module Requests whose end two readers could see in two places, and what they try to get past the first of them.
 */
import { rawRequest } from '../support/raw.ts'

export const HOST = 'Host: gateway.test'
/** Answered with 200, so that it shows when it was taken for a request. */
export const SMUGGLED = rawRequest('GET /healthz HTTP/1.1', [HOST])
/** Answered with 404: nothing comes after it. */
export const LAST = rawRequest('GET /the-last-one HTTP/1.1', [HOST])
export const isLast = (statuses: readonly number[]): boolean => statuses.includes(404)

/** A call that takes JSON. */
export const post = (headers: readonly string[], body = ''): string =>
  rawRequest('POST /v1/tokens HTTP/1.1', [HOST, 'Content-Type: application/json', ...headers], body)
const chunked = (body: string): string => post(['Transfer-Encoding: chunked'], body)

/** Framings that may not be taken for one request, by what is wrong with them. */
export const REFUSED: Readonly<Record<string, string>> = {
  'a length and chunks': post(['Content-Length: 4', 'Transfer-Encoding: chunked'], '0\r\n\r\n'),
  'chunks and a length': post(['Transfer-Encoding: chunked', 'Content-Length: 4'], '0\r\n\r\n'),
  'two lengths': post(['Content-Length: 2', 'Content-Length: 3'], '{}x'),
  'a list of lengths': post(['Content-Length: 2, 2'], '{}'),
  'a length with a sign': post(['Content-Length: +2'], '{}'),
  'a negative length': post(['Content-Length: -2'], '{}'),
  'a hexadecimal length': post(['Content-Length: 0x2'], '{}'),
  'a length with an underscore': post(['Content-Length: 1_0'], '{}        '),
  'a length with a fraction': post(['Content-Length: 2.0'], '{}'),
  'an empty length': post(['Content-Length: '], '{}'),
  'a length beyond 64 bits': post([`Content-Length: ${'9'.repeat(30)}`], '{}'),
  'a space before the colon': post(['Content-Length : 2'], '{}'),
  'an encoding that is none': post(['Transfer-Encoding: identity'], '{}'),
  'an encoding like chunked': post(['Transfer-Encoding: xchunked'], '0\r\n\r\n'),
  'an encoding before chunked': post(['Transfer-Encoding: gzip, chunked'], '0\r\n\r\n'),
  'chunked, then another': post(['Transfer-Encoding: chunked, identity'], '0\r\n\r\n'),
  'a chunk size with a sign': chunked('+2\r\n{}\r\n0\r\n\r\n'),
  'a chunk size with 0x': chunked('0x2\r\n{}\r\n0\r\n\r\n'),
  'a chunk size beyond 64 bits': chunked(`${'f'.repeat(20)}\r\n{}\r\n0\r\n\r\n`),
  'a negative chunk size': chunked('-2\r\n{}\r\n0\r\n\r\n'),
  'chunks with LF alone': chunked('2\n{}\n0\n\n'),
  'a chunk that is longer than it says': chunked('2\r\n{}xx\r\n0\r\n\r\n'),
  'a chunk extension with LF': chunked('2;a\n{}\r\n0\r\n\r\n'),
  'a bare CR in a header': post(['X-A: b\rContent-Length: 2'], '{}'),
  'a NUL in a header': post(['X-A: b\0c', 'Content-Length: 2'], '{}'),
  'a folded header': post(['X-A: b', ' Content-Length: 2'], '{}'),
  'no host': rawRequest('GET /healthz HTTP/1.1', ['X-A: b']),
  'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'lines with LF alone': `GET /healthz HTTP/1.1\n${HOST}\n\n`,
  'a space in the target': rawRequest('GET /health z HTTP/1.1', [HOST]),
  'a NUL in the target': rawRequest('GET /healthz\0 HTTP/1.1', [HOST]),
  'HTTP/0.9': 'GET /healthz\r\n\r\n',
  'HTTP/1.2': rawRequest('GET /healthz HTTP/1.2', [HOST]),
}

/** `Transfer-Encoding: chunked` written so that some reader knows it and another does not, as smuggler.py does it. */
export function disguises(): readonly string[] {
  const codes = [...Array.from({ length: 0x21 }, (_, code) => code), 0x7f, 0x85, 0xa0, 0xff]
  const characters = codes.map((code) => String.fromCharCode(code))
  const plain = 'Transfer-Encoding: chunked'
  return [
    ...characters.flatMap((c) => [
      `${c}${plain}`,
      `Transfer-Encoding${c}: chunked`,
      `Transfer-Encoding:${c}chunked`,
      `Transfer-Encoding: ${c}chunked`,
      `Transfer-Encoding: chunked${c}`,
      `Transfer${c}Encoding: chunked`,
      `X: X${c}${plain}`,
      `X: X\r${c}${plain}`,
      `X: X${c}\r\n${plain}`,
      `X: X${c}\n${plain}`,
      `${plain}${c}\r\nX: X`,
      `Transfer-Encoding: "chunked${c}"`,
    ]),
    'Transfer_Encoding: chunked',
    'transfer-encoding: CHUNKED',
    'TRANSFER-ENCODING: cHuNkEd',
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
    'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked',
    "Transfer-Encoding: 'chunked'",
    'Transfer-Encoding: chunked;q=1',
    'Transfer-Encoding:\r\n chunked',
    'Transfer-Encoding: ,chunked,',
    'Content-Encoding: chunked',
  ]
}
