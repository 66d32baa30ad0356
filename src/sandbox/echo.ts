/**
 * @module `/echo` shows what arrived, masked; `/echo/raw` is a careless PSP that sends a card back, to see an answer being cleaned.
 */
import { createHash } from 'node:crypto'
import { isPublished } from './cards.ts'
import { encode } from './encoded.ts'
import type { Handler } from './exchange.ts'
import { json } from './exchange.ts'
import { cardNumbers, mask, maskJson } from './mask.ts'

/**
 * Any method. `body` is the JSON value where JSON arrived, else text; `body_text` is the exact spelling;
 * `body_bytes_sha256` is over the bytes as they arrived, before masking.
 */
export const echo: Handler = (request) => {
  const text = request.body.toString('utf8')
  return json(200, {
    method: request.method,
    path: mask(request.path),
    query: mask(`?${request.query}`).slice(1),
    headers: maskJson(request.headers),
    body: maskedBody(text, request.headers['content-type'] ?? ''),
    body_text: mask(text),
    body_bytes: request.body.length,
    body_bytes_sha256: createHash('sha256').update(request.body).digest('hex'),
  })
}

/**
 * The body's own bytes, unmasked, under the content type they came with; `?encoding=gzip|br|deflate|zstd` compresses them and
 * `?status=` sets the status. Only for numbers that are published for tests: others are no business of a sandbox.
 */
export const echoRaw: Handler = (request) => {
  const foreign = cardNumbers(request.body.toString('latin1')).some(
    // Numbers of cards begin with 2 to 6; a time in milliseconds that happens to pass the check digit does not.
    (digits) => /^[2-6]/.test(digits) && !isPublished(digits),
  )
  if (foreign) {
    return json(422, {
      error: {
        code: 'not_a_test_number',
        message: 'Only numbers published at https://docs.stripe.com/testing are sent back.',
      },
    })
  }
  const query = new URLSearchParams(request.query)
  const status = Number(query.get('status') ?? 200)
  return encode(
    query.get('encoding') ?? 'identity',
    request.body,
    request.headers['content-type'] ?? 'application/octet-stream',
    status >= 200 && status <= 599 ? status : 200,
  )
}

function maskedBody(text: string, type: string): unknown {
  if (!/\bjson\b/i.test(type)) return mask(text)
  try {
    return maskJson(JSON.parse(text))
  } catch {
    return mask(text)
  }
}
