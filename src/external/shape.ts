/**
 * @module Checks of values that came out of the sandbox: each gives the value with its type, or says where it is wrong and what it must be.
 */

/** Where a value is not what it must be. The message names place and rule, never the value. */
export class ShapeError extends Error {
  /** `operations.purchase.needs[0]`. */
  readonly path: string
  constructor(path: string, must: string) {
    super(`${path || 'the value'} ${must}`)
    this.name = 'ShapeError'
    this.path = path
  }
}

/** Gives the value, or throws ShapeError. */
export type Shape<T> = (value: unknown, path: string) => T

/** Makes an optional member of a record. */
interface Optional<T> {
  readonly optional: Shape<T>
}
type Members = Readonly<Record<string, Shape<unknown> | Optional<unknown>>>
type Read<M extends Members> = {
  readonly [N in keyof M as M[N] extends Shape<unknown> ? N : never]: M[N] extends Shape<infer T>
    ? T
    : never
} & {
  readonly [N in keyof M as M[N] extends Shape<unknown> ? never : N]?: M[N] extends Optional<
    infer T
  >
    ? T
    : never
}

export const optional = <T>(shape: Shape<T>): Optional<T> => ({ optional: shape })

/** Text of at most so many characters that has a form. */
export function text(must = 'must be text', form = /^/, most = 100_000): Shape<string> {
  return (value, path) => {
    if (typeof value !== 'string') throw new ShapeError(path, must)
    if (value.length > most) throw new ShapeError(path, `must have at most ${most} characters`)
    if (!form.test(value)) throw new ShapeError(path, must)
    return value
  }
}

export const flag: Shape<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw new ShapeError(path, 'must be true or false')
  return value
}

/** A number of a range, both ends included. */
export function number(least: number, most: number): Shape<number> {
  return (value, path) => {
    if (typeof value === 'number' && value >= least && value <= most) return value
    throw new ShapeError(path, `must be a number from ${least} to ${most}`)
  }
}

/** One of a few words or numbers. */
export function oneOf<const T extends string | number>(...words: readonly T[]): Shape<T> {
  return (value, path) => {
    const found = words.find((word) => word === value)
    if (found === undefined) throw new ShapeError(path, `must be ${words.join(' or ')}`)
    return found
  }
}

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return (value, path) => (value === null ? null : shape(value, path))
}

export function list<T>(shape: Shape<T>, least = 0, most = 10_000): Shape<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new ShapeError(path, 'must be a list')
    if (value.length < least) throw new ShapeError(path, 'must not be empty')
    if (value.length > most) throw new ShapeError(path, `must have at most ${most} items`)
    return value.map((item: unknown, index) => shape(item, `${path}[${index}]`))
  }
}

/** A record whose members are all of one shape, with names of a form. */
export function mapOf<T>(
  shape: Shape<T>,
  names = /^/,
  must = '',
): Shape<Readonly<Record<string, T>>> {
  return (value, path) =>
    Object.fromEntries(
      entries(value, path).map(([name, member]) => {
        // What every object has is there without being given.
        if (!names.test(name) || name in {}) throw new ShapeError(path, must)
        return [name, shape(member, at(path, name))]
      }),
    )
}

/** A record with these members and no others. */
export function record<M extends Members>(members: M): Shape<Read<M>> {
  const known = Object.entries(members)
  return (value, path) => {
    const given = new Map(entries(value, path))
    for (const name of given.keys()) {
      if (!Object.hasOwn(members, name)) throw new ShapeError(at(path, name), 'is unknown')
    }
    const read: Record<string, unknown> = {}
    for (const [name, member] of known) {
      if (typeof member === 'function') read[name] = member(given.get(name), at(path, name))
      else if (given.has(name)) read[name] = member.optional(given.get(name), at(path, name))
    }
    // Each member was read by its own shape.
    return read as Read<M>
  }
}

/** The members of a record. */
export function entries(value: unknown, path: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ShapeError(path, 'must be an object')
  }
  return Object.entries(value)
}

/** The path of a member. A name that is no name does not go into messages. */
export function at(path: string, name: string): string {
  const shown = /^[\w-]{1,64}$/.test(name) ? name : 'a member'
  return path === '' ? shown : `${path}.${shown}`
}
