/**
 * @module Tokens: a card to be used once. https://docs.stripe.com/api/tokens
 */
import { aliasCard, readCard } from './card.ts'
import type { Card } from './card.ts'
import { invalid, missing, noSuch } from './error.ts'
import type { Params } from './params.ts'
import { showSource } from './source.ts'
import { newId } from './state.ts'
import type { State } from './state.ts'

export interface Token {
  readonly id: string
  readonly card: Card
  readonly card_id: string
  readonly created: number
  used: boolean
}

/** `POST /v1/tokens` with `card[number]` and so on. */
export function createToken(state: State, params: Params): Token {
  const group = params.group('card')
  if (!group) throw missing('card')
  const token: Token = {
    id: newId('tok'),
    card: readCard(state, group, true, undefined),
    card_id: newId('card'),
    created: state.now(),
    used: false,
  }
  state.tokens.set(token.id, token)
  return token
}

/** `GET /v1/tokens/:id`. */
export function getToken(state: State, id: string): Token {
  const token = state.tokens.get(id)
  if (!token) throw noSuch('token', id, 'token', 404)
  return token
}

/** The card of a token, which is used up; published ones such as `tok_visa` never are. */
export function takeToken(state: State, id: string, param: string): Card {
  const token = state.tokens.get(id)
  if (!token) {
    const card = id.startsWith('tok_') ? aliasCard(state, id) : null
    if (card) return card
    throw noSuch('token', id, param, 400)
  }
  if (token.used) {
    throw invalid(`You cannot use a Stripe token more than once: ${id}.`, {
      code: 'token_already_used',
    })
  }
  token.used = true
  return token.card
}

/** The object on the wire. */
export function showToken(token: Token): { [name: string]: unknown } {
  return {
    id: token.id,
    object: 'token',
    card: showSource(token.card_id, token.card),
    client_ip: null,
    created: token.created,
    livemode: false,
    type: 'card',
    used: token.used,
  }
}
