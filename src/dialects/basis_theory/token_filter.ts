/**
 * @module Conditions in Basis Theory's words, for tokens of every API: those of others have the defaults of their type.
 */
import type { TokenFilter } from '../../vault/filter.ts'
import type { TokenType } from '../../vault/token.ts'
import { NATIVE_TYPES, TOKEN_TYPES } from './token_types.ts'

const STORED: readonly TokenType[] = ['card', 'bank_account', 'data']

/** Tokens of a type. */
export function typeFilter(type: string): TokenFilter {
  return {
    any: [
      { attribute: 'type', is: type },
      ...STORED.filter((stored) => NATIVE_TYPES[stored] === type).map((stored) => ({
        all: [{ attribute: 'type', is: null }, { type: stored }],
      })),
    ],
  }
}

/** Tokens in a container; with `below`, also in what is below it. */
export function containerFilter(container: string, below: boolean): TokenFilter {
  const isIn = (one: string): boolean => (below ? one.startsWith(container) : one === container)
  return {
    any: [
      { attribute: 'containers', holds: container, below },
      ...Object.entries(TOKEN_TYPES)
        .filter(([, entry]) => entry.containers.some(isIn))
        .map(([type]) => ({ all: [{ attribute: 'containers', is: null }, typeFilter(type)] })),
    ],
  }
}
