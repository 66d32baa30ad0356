/**
 * @module A checked token as the vault takes it: what is sealed, what is derived from it, what stands in the clear.
 */
import { randomUUID } from 'node:crypto'
import type { Json } from '../../adapter.ts'
import { Secret } from '../../secret.ts'
import type { Attributes, NewToken, Secrets } from '../../vault/token.ts'
import { evaluateMask, evaluateText, type Variables } from './expressions.ts'
import { checkId, type Options, type TokenInput } from './token_input.ts'
import type { CheckedData, TypeEntry } from './token_types.ts'

export interface BuiltToken {
  readonly token: Omit<NewToken, 'tenant' | 'test'>
  readonly cvc: Secret | null
  readonly deduplicate: boolean
  /** The id was made by an expression: where it is taken, another one will do. */
  readonly made: boolean
}

/** A new token. Throws `invalid_card`, `invalid_request` or `invalid_template`, naming the field. */
export function buildToken(input: TokenInput, creator: string): BuiltToken {
  const { entry, type, metadata } = input
  const checked = entry.check(input.data)
  const variables = { data: checked.data, metadata }
  const number = checked.instrument?.number ?? null
  const made = input.id?.includes('{{') ?? false
  const wanted = made && input.id ? evaluateText(input.id, variables, 'id') : input.id
  return {
    token: {
      type: entry.stored,
      alias: wanted === null ? randomUUID() : checkId(wanted, number),
      ...buildSecrets(type, entry, checked, input),
      attributes: { ...buildAttributes(type, entry, input), created_by: creator },
      credentials: {},
      metadata,
      allowed_hosts: null,
      expires_at: input.expires_at,
    },
    cvc: checked.cvc === null ? null : new Secret(checked.cvc),
    deduplicate: input.deduplicate,
    made,
  }
}

/** Everything of a token that comes from its data. The mask is evaluated too, so that a wrong one is told at once. */
export function buildSecrets(
  type: string,
  entry: TypeEntry,
  checked: CheckedData,
  options: Omit<Options, 'containers' | 'expires_at'>,
): Secrets {
  const variables = { data: checked.data, metadata: options.metadata }
  const { search_indexes, fingerprint_expression } = options
  evaluateMask(options.mask, variables)
  return {
    instrument: checked.instrument,
    data: checked.rest === null ? null : JSON.stringify(checked.rest),
    terms: (search_indexes ?? entry.indexes).map((expression) =>
      evaluateText(expression, variables, 'search_indexes'),
    ),
    fingerprint_of: fingerprintOf(type, entry, variables, fingerprint_expression),
  }
}

/** What a token keeps of its own: nothing of what is as its type has it. */
export function buildAttributes(type: string, entry: TypeEntry, options: Options): Attributes {
  const { mask, containers, search_indexes, fingerprint_expression } = options
  return {
    type,
    ...(entry.bare && { bare: true }),
    ...(mask !== null && { mask }),
    ...(containers && { containers }),
    ...(search_indexes && { search_indexes }),
    ...(fingerprint_expression !== null && { fingerprint_expression }),
  } satisfies { readonly [name: string]: Json }
}

/** Null for a card and an account as such: every API gives those the same fingerprint. */
function fingerprintOf(
  type: string,
  entry: TypeEntry,
  variables: Variables,
  expression: string | null,
): NonNullable<Secrets['fingerprint_of']> | null {
  const own = expression ?? entry.fingerprint
  const standard = own.replace(/\s/g, '') === entry.fingerprint.replace(/\s/g, '')
  if (standard && entry.stored !== 'data' && !entry.bare) return null
  return { kind: type, value: evaluateText(own, variables, 'fingerprint_expression') }
}
