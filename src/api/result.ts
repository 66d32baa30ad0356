/**
 * @module A forward's result as the native API writes it. A PSP's JSON keeps its exact spelling: `1.10` stays `1.10`.
 */
import type { RawAnswer, Result } from '../forward/call.ts'
import { headerRecord } from '../forward/headers.ts'
import { bodyText } from '../forward/body_text.ts'

/** The same result always gives the same text, so a repeated idempotency key gets the same bytes. */
export function resultText({ id, sent, outcome, response, request, timing }: Result): string {
  const answered = response === null ? 'null' : responseText(response)
  const asked = request ? `"request":${JSON.stringify(request)},` : ''
  return (
    `{"id":"${id}","sent":"${sent}","outcome":${JSON.stringify(outcome)},` +
    `"response":${answered},${asked}"timing":${JSON.stringify(timing)}}`
  )
}

function responseText({ status, headers, body }: RawAnswer): string {
  const record = JSON.stringify(headerRecord(headers))
  return `{"status":${status},"headers":${record},"body":${bodyText(body)}}`
}
