/**
 * @module A card as the older Charges API shows it. https://docs.stripe.com/api/cards/object
 */
import type { Brand } from '../cards.ts'
import { checks } from './attempt.ts'
import type { Card } from './card.ts'

const NAMES: Readonly<Record<Brand, string>> = {
  visa: 'Visa',
  mastercard: 'MasterCard',
  amex: 'American Express',
  discover: 'Discover',
  diners: 'Diners Club',
  jcb: 'JCB',
  unionpay: 'UnionPay',
}

export function showSource(id: string, card: Card): { [name: string]: unknown } {
  const { address_line1_check, address_postal_code_check, cvc_check } = checks(card)
  return {
    id,
    object: 'card',
    address_line1_check,
    address_zip_check: address_postal_code_check,
    brand: NAMES[card.test.brand],
    country: card.test.country,
    customer: null,
    cvc_check,
    dynamic_last4: null,
    exp_month: card.exp_month,
    exp_year: card.exp_year,
    fingerprint: card.fingerprint,
    funding: card.test.funding,
    last4: card.last4,
    metadata: {},
    name: null,
    tokenization_method: null,
  }
}
