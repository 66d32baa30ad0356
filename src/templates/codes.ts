/**
 * @module The codes that rules may give: those of declines and of refusals in the contract.
 */
import type { DeclineCode, Outcome } from '../adapter.ts'

export const DECLINES = [
  ...['do_not_honor', 'insufficient_funds', 'expired_card', 'invalid_number', 'invalid_cvc'],
  ...['invalid_expiry', 'lost_or_stolen', 'suspected_fraud', 'limit_exceeded', 'not_permitted'],
  ...['authentication_required', 'try_again', 'other'],
] as const satisfies readonly DeclineCode[]
export const REFUSALS = [
  ...['credentials', 'request', 'rate', 'unavailable'],
] as const satisfies readonly (Outcome & { kind: 'refused' })['code'][]
