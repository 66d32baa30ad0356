/**
 * @module The three answers to a forward, as Stitch's page prints them: success, success with a refusal of the PSP, failure.
 */
import { maskCardNumbers } from '../../card.ts'
import type { RawAnswer } from '../../forward/call.ts'
import { headerRecord } from '../../forward/headers.ts'
import { shownHeader, shownUrl } from '../../forward/transcript.ts'
import { json } from '../../respond.ts'
import type { FailureReason } from './errors.ts'

/** The caller's own request, to be told back: placeholders as they were, credentials left out. */
export interface Echo {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

export type End =
  | { readonly response: Pick<RawAnswer, 'status' | 'headers' | 'body'> }
  | { readonly reason: FailureReason; readonly sent: string }

/** The answer. It is always 200: what the PSP said stands inside. @param id a UUID */
export function answer(id: string, token: string, request: Echo, end: End): Response {
  const { url, method, headers, body } = request
  const echo = {
    url: shownUrl(url),
    method,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, shownHeader(name, value)]),
    ),
    ...(body !== undefined && { body: maskCardNumbers(body) }),
  }
  if ('reason' in end) {
    const { reason, sent } = end
    const failed = { id, token, request: echo, status: 'failure', failure: { reason } }
    return json(200, failed, { 'x-sent': sent })
  }
  const { status } = end.response
  const response = {
    status,
    headers: titled(end.response.headers),
    body: textOf(end.response.body),
  }
  return json(200, { id, token, request: echo, status: 'success', response }, { 'x-sent': 'yes' })
}

/** Header names as the page writes them: `Content-Type`. */
function titled(headers: RawAnswer['headers']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headerRecord(headers)).map(([name, value]) => [
      name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase()),
      value,
    ]),
  )
}

/** Always text; bytes that are no UTF-8 become a `data:` URL, so that nothing is lost. */
function textOf(body: Buffer): string {
  const text = body.toString('utf8')
  return Buffer.from(text).equals(body) ? text : `data:;base64,${body.toString('base64')}`
}
