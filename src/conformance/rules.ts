/**
 * @module Every rule an adapter is checked by, whether it is built in, a template or a file of one's own.
 */
import type { Rule } from './rule.ts'
import { amounts } from './rules/amounts.ts'
import { answers } from './rules/answers.ts'
import { builds } from './rules/builds.ts'
import { cardPlaces } from './rules/card_places.ts'
import { clock } from './rules/clock.ts'
import { contract } from './rules/contract.ts'
import { credentials } from './rules/credentials.ts'
import { declared } from './rules/declared.ts'
import { deriveUsed } from './rules/derive_used.ts'
import { extra } from './rules/extra.ts'
import { filled } from './rules/filled.ts'
import { headers } from './rules/headers.ts'
import { hosts } from './rules/hosts.ts'
import { id } from './rules/id.ts'
import { idempotency } from './rules/idempotency.ts'
import { needsEnough } from './rules/needs_enough.ts'
import { needsNamed } from './rules/needs_named.ts'
import { needsUsed } from './rules/needs_used.ts'
import { notification } from './rules/notification.ts'
import { options } from './rules/options.ts'
import { outcomes } from './rules/outcomes.ts'
import { place } from './rules/place.ts'
import { pure } from './rules/pure.ts'
import { recorded } from './rules/recorded.ts'
import { remembers } from './rules/remembers.ts'
import { requests } from './rules/requests.ts'
import { session } from './rules/session.ts'
import { signedAnswers } from './rules/signed_answers.ts'
import { unknownAnswers } from './rules/unknown_answers.ts'
import { verbatim } from './rules/verbatim.ts'

/** In the order in which they are told. */
export const RULES: readonly Rule[] = [
  // What it says of itself.
  ...[contract, id, declared, hosts],
  // What it asks for and what it sends.
  ...[
    builds,
    requests,
    options,
    needsNamed,
    needsEnough,
    needsUsed,
    credentials,
    filled,
    amounts,
    extra,
  ],
  ...[idempotency, headers, place, pure, clock, session],
  // Where cards and secrets can get to.
  ...[cardPlaces, deriveUsed, remembers],
  // What it makes of answers.
  ...[answers, recorded, unknownAnswers, outcomes, verbatim, signedAnswers, notification],
]
