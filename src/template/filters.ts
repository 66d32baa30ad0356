/**
 * @module Looks filters up by name, checks their arguments, and applies them to a value.
 */
import { GatewayError } from '../errors.ts'
import type { AppliedFilter, FilterValue } from '../hole.ts'
import { FILTERS } from './filter-table.ts'
import type { Argument, FilterDefinition, Parameter } from './filter-table.ts'
import { Refusal } from './value.ts'

export { FILTERS } from './filter-table.ts'
export type { Argument, FilterDefinition } from './filter-table.ts'

/** Longest text between two filters, and longest argument: a chain of `replace` must not grow without bound. */
const MAX_TEXT = 65_536
const MAX_ARGUMENT = 256
const MAX_COUNT = 1024

/** What is wrong with a filter as it was written: the grammar adds the placeholder and its field. */
export class FilterError extends Error {
  readonly hint: string

  constructor(message: string, hint: string) {
    super(message)
    this.hint = hint
  }
}

/**
 * A filter with its arguments.
 *
 * @param table a dialect's own filters, where it has others than the native ones.
 * @throws FilterError for a name that is not in the table, or arguments that do not fit.
 */
export function makeFilter(
  name: string,
  args: readonly Argument[],
  table: Readonly<Record<string, FilterDefinition>> = FILTERS,
): AppliedFilter {
  const filter = Object.hasOwn(table, name) ? table[name] : undefined
  if (!filter) {
    throw new FilterError('there is no such filter', `Filters: ${Object.keys(table).join(', ')}.`)
  }
  if (!argumentsFit(filter.parameters, args)) {
    throw new FilterError(
      `the arguments of \`${name}\` do not fit`,
      `It is written \`${usage(name, filter)}\`, for example ${filter.example[0]}.`,
    )
  }
  return { name, apply: filter.make(args) }
}

/** How a filter is written: `pad_left: n, 'char'?`. */
export function usage(name: string, { parameters }: FilterDefinition): string {
  if (parameters.length === 0) return name
  const list = parameters.map((parameter) => {
    const mark = parameter.repeated ? ' ...' : parameter.optional ? '?' : ''
    return (parameter.type === 'text' ? `'${parameter.name}'` : parameter.name) + mark
  })
  return `${name}: ${list.join(', ')}`
}

function argumentsFit(parameters: readonly Parameter[], args: readonly Argument[]): boolean {
  const last = parameters.at(-1)
  const fewest = parameters.filter((parameter) => !parameter.optional).length
  if (args.length < fewest) return false
  return args.every((arg, i) => {
    const type = (parameters[i] ?? (last?.repeated ? last : undefined))?.type
    if (type === undefined) return false
    if (typeof arg === 'string') return type === 'text' && arg.length <= MAX_ARGUMENT
    return type !== 'text' && arg <= MAX_COUNT && arg >= (type === 'count' ? 0 : -MAX_COUNT)
  })
}

/**
 * A hole's value after its filters. `null` is what the vault gives for a value that the token does not have.
 *
 * @param label the hole's label, for errors.
 * @throws GatewayError `credential_missing` where there is no value and no `default`, `invalid_template` where a filter
 * does not apply; neither shows the value.
 */
export function applyFilters(
  value: FilterValue,
  filters: readonly AppliedFilter[],
  label: string,
): FilterValue {
  if (value === null && !filters.some((filter) => filter.name === 'default')) {
    throw new GatewayError('credential_missing', `${label}: the token has no such value.`, {
      template: label,
    })
  }
  let current = value
  for (const filter of filters) {
    if (current === null && filter.name !== 'default') continue
    current = applied(filter, current, label)
  }
  return current
}

function applied(filter: AppliedFilter, value: FilterValue, label: string): FilterValue {
  let result: FilterValue
  try {
    result = filter.apply(value)
  } catch (error) {
    if (error instanceof GatewayError) throw error
    // Any other error may have the value in its message.
    const why = error instanceof Refusal ? error.message : 'it cannot be applied to this value'
    throw refused(filter, why, label)
  }
  if (typeof result === 'string' && result.length > MAX_TEXT) {
    throw refused(filter, 'the text becomes too long', label)
  }
  return result
}

function refused(filter: AppliedFilter, why: string, label: string): GatewayError {
  const message = `${label}: filter \`${filter.name}\`: ${why}.`
  return new GatewayError('invalid_template', message, { template: label })
}
