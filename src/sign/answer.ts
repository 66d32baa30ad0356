/**
 * @module Checks of signed answers: a webhook check, and which answers of the PSP are signed at all.
 */
import { fault } from './fault.ts'
import { webhookOf } from './index.ts'
import { at } from './join.ts'
import { fieldsOf } from './received.ts'
import type { Credentials, SignRequest } from './types.ts'
import type { PreparedWebhook } from './webhook.ts'

/** `unsigned`: of a kind that this PSP does not sign, which proves nothing either way. */
export type Genuine = 'genuine' | 'unsigned' | 'forged'

interface Parted {
  /** The field that signed answers have; null where all are signed. */
  readonly onlyWith: string | null
  readonly parameters: object
}

function parted(name: string, given: unknown): Parted {
  const { only_with: onlyWith, ...parameters } = Object(given)
  if (onlyWith === undefined) return { onlyWith: null, parameters }
  if (typeof onlyWith === 'string' && onlyWith !== '') return { onlyWith, parameters }
  throw fault({ scheme: name, param: 'only_with' }, 'is not the name of a field')
}

/** The check of that name, as an adapter declares it for answers. Throws for what is wrong with it. */
export function answerCheckOf(name: string): { prepare(parameters: unknown): PreparedWebhook } {
  const check = webhookOf(name)
  return { prepare: (given) => check.prepare(parted(name, given).parameters) }
}

/** What an answer is at a time, in seconds since 1970. Throws only for wrong parameters and secrets. */
export function verifyAnswer(
  name: string,
  given: unknown,
  answer: SignRequest,
  secrets: Credentials,
  now: number,
): Genuine {
  const { onlyWith, parameters } = parted(name, given)
  if (onlyWith !== null && at(fieldsOf(answer), onlyWith) === undefined) return 'unsigned'
  const { ok } = webhookOf(name).prepare(parameters).verify({ request: answer, secrets, now })
  return ok ? 'genuine' : 'forged'
}
