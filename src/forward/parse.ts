/**
 * @module What the PSP's answer means: read by the adapter, from the scrubbed answer.
 */
import type { Answer, Json, Outcome } from '../adapter.ts'
import type { Genuine } from '../sign/answer.ts'
import type { Job, RawAnswer } from './call.ts'
import { headerRecord } from './headers.ts'

/**
 * The outcome, or null for a caller's own request. What cannot be read, and what the PSP did not sign as it says it does,
 * is `unrecognised`; so is an approval in an answer of a kind that it does not sign.
 */
export function parse(
  { call, intent, account }: Job,
  answer: RawAnswer,
  genuine: Genuine,
): Outcome | null {
  const { wants } = call
  const operation = wants.kind === 'intent' && account?.adapter.operations[wants.operation]
  if (!operation || !intent) return null
  if (genuine === 'forged') return unrecognised('the signature of the answer is not right')
  try {
    const outcome = operation.parse(readable(answer), intent)
    return genuine === 'unsigned' && outcome.kind === 'approved'
      ? unrecognised('the answer approves, and is not signed')
      : outcome
  } catch {
    return unrecognised('the adapter could not read the answer')
  }
}

/** The answer as an adapter sees it. */
export function readable(answer: RawAnswer): Answer {
  const text = answer.body.toString('utf8')
  return { status: answer.status, headers: headerRecord(answer.headers), text, json: json(text) }
}

function unrecognised(reason: string): Outcome {
  return { kind: 'unrecognised', reason, psp: { code: null, message: null } }
}

/** The text as JSON, or undefined where it is none. */
export function json(text: string): Json | undefined {
  try {
    // JSON.parse gives nothing else than Json.
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}
