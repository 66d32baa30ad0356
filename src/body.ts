/**
 * @module A request's body: whole, within the limit, and in time.
 */
import { GatewayError } from './errors.ts'

/** The least time for a body, and for large ones the slowest that is still waited for. */
const LEAST_MS = 10_000
const LEAST_BYTES_PER_MS = 100

/**
 * The bytes. `limit` is in bytes; a declared length is believed when it is too large, and what has none is counted.
 * `hold` is told of bytes before they are kept in memory, and throws where there is no room. Throws `body_too_large`, `body_too_slow`, `invalid_request` for one that breaks off, and `unsupported_media_type` for a
 * compressed one.
 */
export async function readBody(
  request: Request,
  limit: number,
  hold: (bytes: number) => void = () => undefined,
): Promise<Uint8Array> {
  const declared = request.headers.get('content-length')
  if (Number(declared ?? 0) > limit) throw tooLarge(limit)
  if (request.body === null) return new Uint8Array()
  if ((request.headers.get('content-encoding') ?? 'identity') !== 'identity') {
    throw new GatewayError('unsupported_media_type', 'The body is compressed.')
  }
  if (declared !== null) hold(Number(declared))
  // The server gives no more than the declared length.
  const whole = declared === null ? counted(request.body, limit, hold) : request.bytes()
  return inTime(whole, Math.max(LEAST_MS, limit / LEAST_BYTES_PER_MS))
}

/** The server waits as long as anything trickles in, and each who waits holds a connection. */
function inTime(whole: Promise<Uint8Array>, ms: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new GatewayError('body_too_slow', 'The body did not arrive in time.')),
      ms,
    )
    whole.then(
      (bytes) => {
        clearTimeout(timer)
        resolve(bytes)
      },
      (cause: unknown) => {
        clearTimeout(timer)
        // The client went away, and nobody is there to be told.
        const brokeOff = new GatewayError('invalid_request', 'The body broke off.')
        reject(cause instanceof GatewayError ? cause : brokeOff)
      },
    )
  })
}

async function counted(
  body: ReadableStream<Uint8Array>,
  limit: number,
  hold: (bytes: number) => void,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    // Leaving the loop cancels the rest.
    if ((size += chunk.length) > limit) throw tooLarge(limit)
    hold(chunk.length)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function tooLarge(limit: number): GatewayError {
  return new GatewayError('body_too_large', `The body is over ${limit} bytes.`)
}
