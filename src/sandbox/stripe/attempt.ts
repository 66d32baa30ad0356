/**
 * @module What becomes of a payment with a card: approved, declined, or the cardholder is asked first.
 */
import type { DeclineCode, TestCard } from '../cards.ts'
import type { Card } from './card.ts'

export type Attempt =
  | { readonly kind: 'approved' }
  /** Redirect the cardholder to their bank (3-D Secure). */
  | { readonly kind: 'authenticate' }
  | { readonly kind: 'declined'; readonly reason: DeclineCode }

/** Whether the cardholder can be asked, cannot be, or has been. */
export type Cardholder = 'present' | 'absent' | 'authenticated'

/** @param purpose a card may be saved that would be declined when charged */
export function attempt(card: Card, cardholder: Cardholder, purpose: 'charge' | 'save'): Attempt {
  const { authentication, decline, fails, saves } = card.test
  if (authentication && cardholder === 'present') return { kind: 'authenticate' }
  if (authentication === 'always' && cardholder === 'absent') {
    return { kind: 'declined', reason: 'authentication_required' }
  }
  // Without a code there is no check, so the check cannot fail.
  if (fails?.includes('cvc') && card.sent.cvc) return { kind: 'declined', reason: 'incorrect_cvc' }
  if (!decline || (decline === 'incorrect_cvc' && !card.sent.cvc)) return { kind: 'approved' }
  if (purpose === 'save' && (saves || authentication)) return { kind: 'approved' }
  return { kind: 'declined', reason: decline }
}

/** Results of the issuer's checks, as `pass`, `fail`, or null where nothing was sent. */
export function checks({ sent, test }: Card): {
  address_line1_check: string | null
  address_postal_code_check: string | null
  cvc_check: string | null
} {
  const result = (name: keyof Card['sent']) =>
    !sent[name] ? null : fails(test, name) ? 'fail' : 'pass'
  return {
    address_line1_check: result('line1'),
    address_postal_code_check: result('postal_code'),
    cvc_check: result('cvc'),
  }
}

function fails(test: TestCard, name: keyof Card['sent']): boolean {
  return Boolean(test.fails?.includes(name) || (name === 'cvc' && test.decline === 'incorrect_cvc'))
}
