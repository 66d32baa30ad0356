/**
 * @module An answer's body inside a JSON answer of ours: the PSP's own JSON as it spelled it, else a string.
 */
import { json } from './parse.ts'

/** JSON text. Bytes that are no UTF-8 become a `data:` URL in base64, so that nothing is lost. */
export function bodyText(body: Buffer): string {
  const text = body.toString('utf8')
  if (json(text) !== undefined) return text
  const readable = Buffer.from(text).equals(body)
  return JSON.stringify(readable ? text : `data:;base64,${body.toString('base64')}`)
}
