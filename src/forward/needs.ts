/**
 * @module What an operation cannot do without, named all at once, before anything is opened.
 */
import type { Adapter, Intent, Need, Operation } from '../adapter.ts'
import { GatewayError } from '../errors.ts'
import type { Call, Wish } from './call.ts'

/** The operation of the adapter. Throws `operation_unsupported` naming those there are, or `missing_fields` naming all that lack. */
export function operationOf(adapter: Adapter, call: Call, wish: Wish, intent: Intent): Operation {
  const operation = adapter.operations[wish.operation]
  if (!operation) {
    throw new GatewayError(
      'operation_unsupported',
      `${adapter.name} does not offer ${wish.operation}.`,
      {
        param: 'operation',
        hint: `It offers: ${Object.keys(adapter.operations).join(', ')}.`,
      },
    )
  }
  const missing = operation.needs
    .filter((need) => !isThere(need, call, wish.intent))
    .map((need) => FIELDS[need] ?? need)
  const wrong = operation.check?.(intent) ?? []
  if (missing.length + wrong.length > 0) {
    const complaints = [...missing.map((name) => `${name} is missing`), ...wrong]
    throw new GatewayError(
      'missing_fields',
      `${wish.operation} at ${adapter.name}: ${complaints.join('; ')}.`,
      { param: [...missing, ...wrong.map((one) => one.split(':')[0])].join(',') },
    )
  }
  return operation
}

/** Needs whose field in the call has another name. */
const FIELDS: { readonly [need: string]: string } = { card: 'token', cvc: 'cvc_session' }

function isThere(need: Need, call: Call, intent: Wish['intent']): boolean {
  if (need === 'card') return call.tokens.has('')
  if (need === 'cvc') return call.cvc !== null
  let value: unknown = intent satisfies Partial<Intent>
  for (const name of need.split('.')) {
    // Only own fields count, so that `extra.constructor` is not there by itself.
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return false
    value = Reflect.get(value, name)
  }
  return value !== undefined && value !== null && value !== ''
}
