/**
 * @module Reads parameters as strictly as Stripe does, with its error messages.
 */
import type { Tree } from '../form.ts'
import { invalid, missing } from './error.ts'

/** A group of parameters. Every reader throws a StripeError where the value is not of its kind. */
export class Params {
  readonly #tree: Tree
  readonly #prefix: string

  constructor(tree: Tree, prefix = '') {
    this.#tree = tree
    this.#prefix = prefix
  }

  /** The full name: `payment_method_data[card][number]`. */
  name(field: string): string {
    return this.#prefix === '' ? field : `${this.#prefix}[${field}]`
  }

  /** Refuses every other field. */
  only(fields: readonly string[]): this {
    const unknown = Object.keys(this.#tree).filter((field) => !fields.includes(field))
    const first = unknown[0]
    if (first === undefined) return this
    const names = unknown.map((field) => this.name(field)).join(', ')
    throw invalid(`Received unknown parameter${unknown.length > 1 ? 's' : ''}: ${names}`, {
      code: 'parameter_unknown',
      param: this.name(first),
    })
  }

  has(field: string): boolean {
    return this.#tree[field] !== undefined
  }

  /** Text that may be empty, which unsets a field at Stripe. */
  clearable(field: string): string | undefined {
    const value = this.#tree[field]
    if (typeof value === 'object') throw invalid('Invalid string', { param: this.name(field) })
    return value
  }

  text(field: string): string | undefined {
    const value = this.clearable(field)
    const name = this.name(field)
    if (value !== '') return value
    throw invalid(
      `You passed an empty string for '${name}'. We assume empty values are an attempt to unset a parameter; however '${name}' cannot be unset. You should remove '${name}' from your request or supply a non-empty value.`,
      { code: 'parameter_invalid_empty', param: name },
    )
  }

  required(field: string): string {
    const value = this.text(field)
    if (value === undefined) throw missing(this.name(field))
    return value
  }

  integer(field: string): number | undefined {
    const value = this.text(field)
    if (value === undefined) return undefined
    if (/^-?\d{1,15}$/.test(value)) return Number(value)
    throw invalid(`Invalid integer: ${value}`, {
      code: 'parameter_invalid_integer',
      param: this.name(field),
    })
  }

  flag(field: string): boolean | undefined {
    const value = this.text(field)
    if (value === undefined || value === 'true' || value === 'false') {
      return value === undefined ? undefined : value === 'true'
    }
    throw invalid(`Invalid boolean: ${value}`, { param: this.name(field) })
  }

  choice<const T extends string>(field: string, options: readonly T[]): T | undefined {
    const value = this.text(field)
    const found = options.find((option) => option === value)
    if (value === undefined || found !== undefined) return found
    throw invalid(`Invalid ${field}: must be one of ${enumerate(options)}`, {
      param: this.name(field),
    })
  }

  group(field: string): Params | undefined {
    const value = this.#tree[field]
    if (value === undefined) return undefined
    if (typeof value === 'object') return new Params(value, this.name(field))
    throw invalid('Invalid object', { param: this.name(field) })
  }

  /** Texts of `a[]=..` or `a[0]=..`. */
  list(field: string): string[] {
    const value = this.#tree[field]
    if (value === undefined) return []
    const items = typeof value === 'object' ? Object.values(value) : []
    if (items.length > 0 && items.every((item) => typeof item === 'string')) return items
    throw invalid('Invalid array', { param: this.name(field) })
  }

  /** Texts by name, such as metadata; an empty one is left out. */
  texts(field: string): { [name: string]: string } {
    const group = this.group(field)
    if (!group) return {}
    const entries = Object.keys(group.#tree).map((key) => [key, group.clearable(key) ?? ''])
    return Object.fromEntries(entries.filter(([, value]) => value !== ''))
  }

  /** The values as they are, for comparing two requests. */
  toJSON(): Tree {
    return this.#tree
  }
}

function enumerate(options: readonly string[]): string {
  return options.length < 3
    ? options.join(' or ')
    : `${options.slice(0, -1).join(', ')}, or ${options.at(-1) ?? ''}`
}
