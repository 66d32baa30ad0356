/**
 * @module What the PSP's answer means: read by the adapter, from the scrubbed answer.
 */
import type { Answer, Json, Outcome } from '../adapter.ts'
import type { Job, RawAnswer } from './call.ts'
import { headerRecord } from './headers.ts'

/** The outcome, or null for a caller's own request. An adapter that fails to read an answer gives `unrecognised`. */
export function parse(job: Job, answer: RawAnswer): Outcome | null {
  const { intent, account } = job
  const operation = intent && account?.adapter.operations[intent.operation]
  if (!operation) return null
  try {
    return operation.parse(readable(answer), intent)
  } catch {
    return {
      kind: 'unrecognised',
      reason: 'the adapter could not read the answer',
      psp: { code: null, message: null },
    }
  }
}

function readable(answer: RawAnswer): Answer {
  const text = answer.body.toString('utf8')
  return { status: answer.status, headers: headerRecord(answer.headers), text, json: json(text) }
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
