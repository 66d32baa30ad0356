/**
 * @module `/encoded`: answers in a content encoding (RFC 9110, section 8.4.1; zstd: RFC 8878).
 */
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import type { Answered, Handler } from './exchange.ts'
import { plain } from './exchange.ts'

const ENCODERS: { readonly [name: string]: (bytes: Buffer) => Buffer } = {
  identity: (bytes) => bytes,
  gzip: (bytes) => gzipSync(bytes),
  br: (bytes) => brotliCompressSync(bytes),
  deflate: (bytes) => deflateSync(bytes),
  zstd: (bytes) => zstdCompressSync(bytes),
}

/** `?type=gzip|br|deflate|zstd|identity`: a small JSON answer in that encoding, whatever the caller accepts. */
export const encoded: Handler = (request) => {
  const type = new URLSearchParams(request.query).get('type') ?? 'gzip'
  return encode(type, Buffer.from(JSON.stringify({ encoded: type, ok: true })), 'application/json')
}

/** @returns the bytes in that encoding, or 400 where it is unknown */
export function encode(name: string, bytes: Buffer, type: string, status = 200): Answered {
  const encoder = Object.hasOwn(ENCODERS, name) ? ENCODERS[name] : undefined
  if (!encoder) return plain(400, `Encodings are ${Object.keys(ENCODERS).join(', ')}.\n`)
  const headers = { 'content-type': type, ...(name !== 'identity' && { 'content-encoding': name }) }
  return { status, headers, body: encoder(bytes) }
}
