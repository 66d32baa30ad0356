/**
 * @module A token as the API takes it, checked further than its shape: digits, dates, names that belong together.
 */
import type { Static } from '@sinclair/typebox'
import {
  checkBankAccount,
  checkCard,
  checkCvc,
  checkExpiry,
  type Brand,
  type Card,
} from '../card.ts'
import { GatewayError } from '../errors.ts'
import { Secret } from '../secret.ts'
import { hostName } from '../setup/host_name.ts'
import type { Checked } from '../tokens/store.ts'
import type { TokenRecord } from '../vault/token.ts'
import type { TokenChange } from '../vault/vault.ts'
import { refuseCardNumbers } from './clear_text.ts'
import type { ChangeToken, CreateToken } from './schemas.ts'
import { futureTime } from './time.ts'

type Input = Static<typeof CreateToken>
type Change = Static<typeof ChangeToken>

/** Throws `invalid_card` or `invalid_request`, naming the field and never its value. */
export function checkedToken(input: Input, now: number): Checked {
  const instrument = instrumentOf(input, now)
  const card = 'card' in instrument ? instrument.card : null
  if (input.cvc && !card) throw misplaced('cvc')
  if (input.credentials && !card) throw misplaced('credentials')
  const { virtual_card, network_token } = input.credentials ?? {}
  return {
    instrument,
    cvc: cvcOf(input.cvc, card?.brand ?? null, 'cvc'),
    virtual_card: virtual_card
      ? further(virtual_card, now, 'credentials.virtual_card', (own) => ({
          cvc: cvcOf(virtual_card.cvc, own.brand, 'credentials.virtual_card.cvc'),
        }))
      : null,
    network_token: network_token
      ? further(network_token, now, 'credentials.network_token', () => ({
          cryptogram: network_token.cryptogram ? new Secret(network_token.cryptogram) : null,
          eci: network_token.eci ?? null,
        }))
      : null,
    metadata: checkMetadata(input.metadata ?? {}),
    allowed_hosts: hostsOf(input.allowed_hosts ?? null),
    expires_at: input.expires_at ? futureTime(input.expires_at, now, 'expires_at') : null,
  }
}

/** What a PATCH changes. */
export function checkedChange(token: TokenRecord, change: Change, now: number): TokenChange {
  const { card, metadata, expires_at } = change
  if (card && token.type !== 'card') throw misplaced('card')
  return {
    ...(card && { shown: { ...token.shown, ...checkExpiry(card, new Date(now), 'card') } }),
    ...(metadata && { metadata: checkMetadata(metadata) }),
    ...(expires_at !== undefined && {
      expires_at: expires_at === null ? null : futureTime(expires_at, now, 'expires_at'),
    }),
  }
}

function instrumentOf(input: Input, now: number): Checked['instrument'] {
  const other = input.type === 'card' ? 'bank_account' : 'card'
  if (input[other]) throw misplaced(other)
  const missing = (): GatewayError =>
    new GatewayError('invalid_request', `${input.type} is missing.`, { param: input.type })
  if (input.type === 'card') {
    if (!input.card) throw missing()
    return { card: checkCard(input.card, new Date(now)) }
  }
  if (!input.bank_account) throw missing()
  refuseCardNumbers([input.bank_account.routing_number], 'bank_account.routing_number')
  return { bank_account: checkBankAccount(input.bank_account) }
}

function further<T>(
  input: { number: string; exp_month: number | string; exp_year: number | string },
  now: number,
  where: string,
  rest: (card: Card) => T,
): { card: Card } & T {
  const card = checkCard(input, new Date(now), where)
  return { card, ...rest(card) }
}

function cvcOf(
  cvc: string | null | undefined,
  brand: Brand | 'unknown' | null,
  param: string,
): Secret | null {
  return cvc ? new Secret(checkCvc(cvc, brand, param)) : null
}

function checkMetadata(
  metadata: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  refuseCardNumbers(Object.entries(metadata).flat(), 'metadata')
  return metadata
}

function hostsOf(hosts: readonly string[] | null): readonly string[] | null {
  refuseCardNumbers(hosts ?? [], 'allowed_hosts')
  return (
    hosts &&
    hosts.map((host, number) => {
      const name = hostName(host)
      if (name !== null) return name
      throw new GatewayError('invalid_request', `allowed_hosts[${number}] must be a host name.`, {
        param: `allowed_hosts[${number}]`,
      })
    })
  )
}

function misplaced(param: string): GatewayError {
  return new GatewayError('invalid_request', `${param} does not go with this type.`, { param })
}
