/**
 * @module Whether a signed answer is the PSP's own, by an adapter's function or by a scheme it names.
 */
import type { Adapter, Answer, Signing } from '../adapter.ts'
import { verifyWebhook } from '../sign/index.ts'

/** What was asked: some sign it together with the answer. */
export interface Asked {
  readonly method: string
  readonly url: string
}

/** False where the signature is wrong or the check fails, for whatever reason. */
export function isGenuine(
  check: NonNullable<Adapter['verify']>,
  answer: Answer,
  signing: Signing,
  { method, url }: Asked,
): boolean {
  try {
    if (typeof check === 'function') return check(answer, signing) === true
    const { scheme, ...parameters } = check
    const message = { method, url, headers: answer.headers, bytes: Buffer.from(answer.text) }
    return verifyWebhook(scheme, parameters, message, signing.credentials, signing.intent.now).ok
  } catch {
    return false
  }
}
