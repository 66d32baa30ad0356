/**
 * @module Checks a value against its schema; the error names the field and what it must be, never what was sent.
 */
import type { Static, TSchema } from '@sinclair/typebox'
import {
  TypeCompiler,
  ValueErrorType,
  type TypeCheck,
  type ValueError,
} from '@sinclair/typebox/compiler'
import { GatewayError } from '../errors.ts'

const compiled = new WeakMap<TSchema, TypeCheck<TSchema>>()

/** Throws `invalid_request` unless the value fits the schema. */
export function checkSchema<S extends TSchema>(
  schema: S,
  value: unknown,
): asserts value is Static<S> {
  let check = compiled.get(schema)
  if (!check) compiled.set(schema, (check = TypeCompiler.Compile<TSchema>(schema)))
  if (check.Check(value)) return
  const error = deepest(check.Errors(value).First())
  const param = error ? pathOf(error.path) : ''
  throw new GatewayError('invalid_request', `${param || 'The body'} ${complaint(error)}.`, {
    ...(param !== '' && { param }),
  })
}

/** Inside a union, the error of the member that came furthest says more than "no member fits". */
function deepest(error: ValueError | undefined): ValueError | undefined {
  if (!error) return undefined
  const inner = error.errors
    .map((errors) => deepest(errors.First()))
    .filter((one) => one !== undefined)
    .toSorted((a, b) => b.path.length - a.path.length)[0]
  return inner && inner.path.length > error.path.length ? inner : error
}

const COMPLAINTS: { readonly [type: number]: (error: ValueError) => string } = {
  [ValueErrorType.ObjectAdditionalProperties]: () => 'is not a field of this call',
  [ValueErrorType.ObjectRequiredProperty]: () => 'is missing',
  [ValueErrorType.Union]: ({ schema }) => `must be ${names(schema)}`,
}

function complaint(error: ValueError | undefined): string {
  if (!error) return 'is not valid'
  const { schema } = error
  return COMPLAINTS[error.type]?.(error) ?? `must be ${describe(schema)}`
}

/** What a schema asks for, in words: its own, where it has some. */
function describe(schema: TSchema): string {
  // Schemas are JSON Schema; the keywords read here are texts and numbers in ours.
  const words = schema as Record<string, string | number | undefined>
  const { type, const: literal, description, minimum, maximum, minLength, maxLength } = words
  if (literal !== undefined) return `"${literal}"`
  if (description !== undefined) return String(description)
  const range = [
    minimum === undefined ? null : `at least ${minimum}`,
    maximum === undefined ? null : `at most ${maximum}`,
    minLength === undefined ? null : `of ${minLength} characters or more`,
    maxLength === undefined ? null : `of ${maxLength} characters or fewer`,
  ].filter((part) => part !== null)
  return [type === undefined ? 'valid' : `of type ${type}`, ...range].join(', ')
}

function names(schema: TSchema): string {
  // A union's members; ours are of literals or of null and something.
  const members = (schema as { anyOf?: TSchema[] }).anyOf ?? []
  return members.map(describe).join(' or ')
}

/** `/card/number` as `card.number`. */
function pathOf(pointer: string): string {
  return (
    pointer
      .split('/')
      .slice(1)
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
      .join('.')
      .replace(/\.(\d{1,5})(?=\.|$)/g, '[$1]')
      // A field's name is the caller's too, and might be a card number.
      .replace(/\d{6,}/g, '..')
      .slice(0, 200)
  )
}
