/**
 * @module PaymentMethods: cards ready to be charged. https://docs.stripe.com/api/payment_methods
 */
import { maskJson } from '../mask.ts'
import { checks } from './attempt.ts'
import { aliasCard, readCard } from './card.ts'
import type { Card } from './card.ts'
import { invalid, missing, noSuch } from './error.ts'
import type { Params } from './params.ts'
import { newId } from './state.ts'
import type { State } from './state.ts'
import { takeToken } from './tokens.ts'
import { readMetadata } from './metadata.ts'

export interface PaymentMethod {
  readonly id: string
  readonly card: Card
  readonly created: number
  readonly billing_details: unknown
  readonly metadata: { readonly [name: string]: string }
  readonly allow_redisplay: string
}

const DATA_FIELDS = [
  'type',
  'card',
  'billing_details',
  'allow_redisplay',
  'metadata',
  'radar_options',
]
const ADDRESS = ['city', 'country', 'line1', 'line2', 'postal_code', 'state']
const BILLING = ['address', 'email', 'name', 'phone', 'tax_id']

/** `POST /v1/payment_methods`, and what stands under `payment_method_data`. */
export function createMethod(state: State, params: Params): PaymentMethod {
  params.only([...DATA_FIELDS, 'expand'])
  const type = params.required('type')
  if (type !== 'card') {
    throw invalid(
      `The sandbox's account accepts cards only: ${params.name('type')} must be card.`,
      {
        param: params.name('type'),
      },
    )
  }
  const group = params.group('card')
  if (!group) throw missing(params.name('card'))
  const billing = params.group('billing_details')?.only(BILLING)
  const address = billing?.group('address')?.only(ADDRESS)
  const metadata = readMetadata(params)
  const token = group.text('token')
  const card = token === undefined ? readCard(state, group, false, address) : undefined
  const method: PaymentMethod = {
    id: newId('pm'),
    card: card ?? takeToken(state, token ?? '', group.only(['token']).name('token')),
    created: state.now(),
    billing_details: {
      address: texts(address, ADDRESS),
      ...texts(billing, ['email', 'name', 'phone', 'tax_id']),
    },
    metadata,
    allow_redisplay:
      params.choice('allow_redisplay', ['always', 'limited', 'unspecified']) ?? 'unspecified',
  }
  state.methods.set(method.id, method)
  return method
}

/** The method that `payment_method` or `payment_method_data` names; null where neither is there. */
export function readMethod(state: State, params: Params): PaymentMethod | null {
  const data = params.group('payment_method_data')
  const id = params.text('payment_method')
  if (data && id !== undefined) {
    throw invalid(
      'You may only specify one of these parameters: payment_method, payment_method_data.',
      { param: 'payment_method' },
    )
  }
  if (data) return createMethod(state, data)
  return id === undefined ? null : findMethod(state, id)
}

/** A method made before, or a new one for a published id such as `pm_card_visa`. */
function findMethod(state: State, id: string): PaymentMethod {
  const held = state.methods.get(id)
  if (held) return held
  const card = id.startsWith('pm_card_') ? aliasCard(state, id) : null
  if (!card) throw noSuch('PaymentMethod', id, 'payment_method', 400)
  const method: PaymentMethod = {
    id: newId('pm'),
    card,
    created: state.now(),
    billing_details: noBilling(),
    metadata: {},
    allow_redisplay: 'unspecified',
  }
  state.methods.set(method.id, method)
  return method
}

/** `GET /v1/payment_methods/:id`. */
export function getMethod(state: State, id: string): PaymentMethod {
  const method = state.methods.get(id)
  if (!method) throw noSuch('PaymentMethod', id, 'payment_method', 404)
  return method
}

export function noBilling(): unknown {
  return {
    address: texts(undefined, ADDRESS),
    ...texts(undefined, ['email', 'name', 'phone', 'tax_id']),
  }
}

/** The object on the wire. */
export function showMethod(method: PaymentMethod): { [name: string]: unknown } {
  const { test, last4, exp_month, exp_year, fingerprint } = method.card
  return {
    id: method.id,
    object: 'payment_method',
    allow_redisplay: method.allow_redisplay,
    billing_details: method.billing_details,
    card: {
      brand: test.brand,
      checks: checks(method.card),
      country: test.country,
      display_brand: test.brand === 'amex' ? 'american_express' : test.brand,
      exp_month,
      exp_year,
      fingerprint,
      funding: test.funding,
      generated_from: null,
      last4,
      networks: { available: [test.brand], preferred: null },
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created: method.created,
    customer: null,
    livemode: false,
    metadata: method.metadata,
    type: 'card',
  }
}

/** Masked: a caller who puts a card number into a name must not find it here again. */
function texts(params: Params | undefined, names: readonly string[]): { [name: string]: unknown } {
  return Object.fromEntries(names.map((name) => [name, maskJson(params?.clearable(name) || null)]))
}
