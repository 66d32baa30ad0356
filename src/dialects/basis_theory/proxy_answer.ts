/**
 * @module The PSP's answer handed on as it came: status, headers, and the bytes of the body.
 */
import { GatewayError } from '../../errors.ts'
import type { Result } from '../../forward/call.ts'

/** Statuses without a body (RFC 9110, 6.4.1). */
const BODILESS: readonly number[] = [204, 205, 304]

/**
 * The answer with further headers of ours. The core has taken out what belongs to the PSP's connection, and card values.
 * @throws GatewayError `psp_broken` for a status that cannot be handed on.
 */
export function passedThrough(
  { response }: Result,
  further: (status: number) => Readonly<Record<string, string>>,
): Response {
  const status = response?.status ?? 0
  if (!response || status < 200 || status > 599) {
    throw new GatewayError('psp_broken', `The PSP answered with the status ${status}.`, {
      sent: 'yes',
    })
  }
  const headers = new Headers()
  for (const [name, value] of response.headers) headers.append(name, value)
  for (const [name, value] of Object.entries(further(status))) headers.set(name, value)
  const body = BODILESS.includes(status) ? null : new Uint8Array(response.body)
  return new Response(body, { status, headers })
}
