/**
 * @module A token's own expressions: its mask, its fingerprint, its search indexes and its id, evaluated over its data.
 */
import type { Json } from '../../adapter.ts'
import { GatewayError } from '../../errors.ts'
import { evaluateLiquid, memberAt, readLiquid } from '../../template/liquid_text.ts'

/** What expressions may name. A card's security code is not in the data. */
export interface Variables {
  readonly data: Json
  readonly metadata: Readonly<Record<string, string>>
}

/** The value of one expression. Throws `invalid_template`. */
function evaluate(expression: string, variables: Variables, where: string): Json {
  const names = { data: variables.data, metadata: variables.metadata }
  return evaluateLiquid(readLiquid(expression, where), ({ head }) => memberAt(names, head), where)
}

/** A mask with each of its texts evaluated; members without a value are left out. */
export function evaluateMask(mask: Json, variables: Variables, where = 'mask'): Json {
  if (typeof mask === 'string') return evaluate(mask, variables, where)
  if (typeof mask !== 'object' || mask === null) return mask
  if (Array.isArray(mask)) {
    return mask.map((one: Json, at) => evaluateMask(one, variables, `${where}[${at}]`))
  }
  return Object.fromEntries(
    Object.entries(mask).flatMap(([name, one]: [string, Json]) => {
      const value = evaluateMask(one, variables, `${where}.${name}`)
      return value === null ? [] : [[name, value]]
    }),
  )
}

/** The text of an expression. Throws `invalid_request` where it has none. */
export function evaluateText(expression: string, variables: Variables, where: string): string {
  const value = evaluate(expression, variables, where)
  if (value === null || value === '') {
    throw new GatewayError('invalid_request', 'The expression has no value.', { param: where })
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
