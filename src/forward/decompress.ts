/**
 * @module Undoes an answer's content encoding, within a limit: what is not readable cannot be scrubbed.
 */
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib'
import { brokenAnswer } from './failures.ts'

/** RFC 9110, 8.4.1 and RFC 8878. */
const DECODERS: {
  readonly [encoding: string]: (
    body: Buffer,
    options: { maxOutputLength: number },
  ) => Promise<Buffer>
} = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
  identity: async (body) => body,
}

/** The body as the PSP meant it. Throws `psp_broken` for an unknown encoding, damaged data, or more than `limit` bytes. */
export async function decompress(
  body: Buffer,
  headers: readonly (readonly [string, string])[],
  limit: number,
): Promise<Buffer> {
  const encodings = headers
    .filter(([name]) => name === 'content-encoding')
    .flatMap(([, value]) => value.toLowerCase().split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '')
  let plain = body
  // The last one named was applied last.
  for (const encoding of encodings.toReversed()) {
    const decode = DECODERS[encoding]
    if (!decode) throw brokenAnswer('The PSP used an encoding that is not known.')
    if (plain.length === 0) return plain
    try {
      plain = await decode(plain, { maxOutputLength: limit })
    } catch {
      throw brokenAnswer('The answer of the PSP does not decompress, or is over the limit.')
    }
  }
  return plain
}
