/**
 * @module Whether a signed answer is the PSP's own, by an adapter's function or by a scheme it names.
 */
import type { Adapter, Answer, Signing } from '../adapter.ts'
import { verifyAnswer, type Genuine } from '../sign/answer.ts'

/** What was asked: some sign it together with the answer. */
export interface Asked {
  readonly method: string
  readonly url: string
}

/** `forged` where the signature is wrong or the check fails, for whatever reason. */
export function genuineness(
  check: NonNullable<Adapter['verify']>,
  answer: Answer,
  signing: Signing,
  { method, url }: Asked,
): Genuine {
  try {
    if (typeof check === 'function') return check(answer, signing) === true ? 'genuine' : 'forged'
    const { scheme, ...parameters } = check
    const message = { method, url, headers: answer.headers, bytes: Buffer.from(answer.text) }
    return verifyAnswer(scheme, parameters, message, signing.credentials, signing.intent.now)
  } catch {
    return 'forged'
  }
}
