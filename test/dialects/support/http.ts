/**
 * @module Sends one request exactly as it is written: path, headers and body unchanged, any method.
 */
import { request } from 'node:http'
import type { Came } from './compare.ts'

/** Sends it and reads the answer whole. @param base `http://host:port` */
export function sendExactly(
  base: string,
  start: string,
  headers: readonly (readonly [string, string])[],
  body: string | null,
): Promise<Came> {
  const [method = '', path = ''] = start.split(' ')
  const { hostname, port } = new URL(base)
  const { promise, resolve, reject } = Promise.withResolvers<Came>()
  const sent = request({ hostname, port, method, path, agent: false }, (response) => {
    const chunks: Buffer[] = []
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.on('error', reject)
    response.on('end', () =>
      resolve({
        start: String(response.statusCode),
        headers: Object.fromEntries(
          Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
        ),
        body: Buffer.concat(chunks).toString('utf8'),
      }),
    )
  })
  sent.on('error', reject)
  for (const [name, value] of headers) sent.setHeader(name, value)
  if (body !== null && body !== '') sent.setHeader('content-length', Buffer.byteLength(body))
  sent.end(body ?? undefined)
  return promise
}
