/**
 * @module Parameters of schemes and webhook checks: what each is, how it is read from a document, and what it defaults to.
 */
import { GatewayError } from '../errors.ts'
import { type Described, described } from './described.ts'
import { type Place, fault } from './fault.ts'

/** Told of every credential that a value names. */
export type Wants = (credential: string) => void

export interface Parameter<T> {
  /** One sentence, for the documentation and for whoever is told that it is missing. */
  readonly about: string
  readonly required: boolean
  /** The value of a document's, `undefined` where it says nothing. Throws where it is not acceptable. */
  readonly read: (value: unknown, place: Place, wants: Wants) => T
}

export type ParameterSet = Readonly<Record<string, Parameter<unknown>>>

/** What a set of parameters is read to. */
export type Values<P extends ParameterSet> = {
  readonly [N in keyof P]: P[N] extends Parameter<infer T> ? T : never
}

type Reader<T> = (value: unknown, place: Place, wants: Wants) => T

function parameter<T>(about: string, read: Reader<T>, fallback?: unknown): Parameter<T> {
  const required = fallback === undefined
  return {
    about,
    required,
    read: (value, place, wants) => {
      if (value === undefined && required) throw fault(place, 'is missing')
      return read(value === undefined ? fallback : value, place, wants)
    },
  }
}

/** The same parameter, which may be left out: undefined then. */
export function optional<T>({ about, read }: Parameter<T>): Parameter<T | undefined> {
  return {
    about,
    required: false,
    read: (value, place, wants) => (value === undefined ? undefined : read(value, place, wants)),
  }
}

const readText: Reader<string> = (value, place) => {
  if (typeof value !== 'string') throw fault(place, 'is not text')
  return value
}

export function text(about: string, fallback?: string): Parameter<string> {
  return parameter(about, readText, fallback)
}

/** One of a list. */
export function choice<const T extends string>(
  about: string,
  names: readonly T[],
  fallback?: T,
): Parameter<T> {
  const read: Reader<T> = (value, place) => {
    const found = names.find((name) => name === value)
    if (found === undefined) throw fault(place, `is none of ${names.join(', ')}`)
    return found
  }
  return parameter(about, read, fallback)
}

export function flag(about: string, fallback: boolean): Parameter<boolean> {
  const read: Reader<boolean> = (value, place) => {
    if (typeof value !== 'boolean') throw fault(place, 'is neither true nor false')
    return value
  }
  return parameter(about, read, fallback)
}

/** A whole number of seconds, from 0. */
export function seconds(about: string, fallback?: number): Parameter<number> {
  const read: Reader<number> = (value, place) => {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
    throw fault(place, 'is not a whole number of seconds from 0')
  }
  return parameter(about, read, fallback)
}

/** A list of texts. */
export function names(about: string, fallback?: readonly string[]): Parameter<readonly string[]> {
  const read: Reader<readonly string[]> = (value, place) => {
    if (!Array.isArray(value)) throw fault(place, 'is not a list')
    return value.map((item) => readText(item, place, () => undefined))
  }
  return parameter(about, read, fallback)
}

/** The name of a credential of the account; the value itself never stands in a document. */
export function credential(about: string, fallback?: string): Parameter<string> {
  const read: Reader<string> = (value, place, wants) => {
    const name = readText(value, place, wants)
    wants(name)
    return name
  }
  return parameter(about, read, fallback)
}

/** The name of a credential, or several: while a secret is changed, either is right. */
export function credentials(about: string, fallback: string): Parameter<readonly string[]> {
  const one = credential(about)
  const read: Reader<readonly string[]> = (value, place, wants) => {
    if (Array.isArray(value) && value.length === 0) throw fault(place, 'is an empty list')
    return (Array.isArray(value) ? value : [value]).map((name) => one.read(name, place, wants))
  }
  return parameter(about, read, fallback)
}

/** A described text; `more` are the sources it has beside the common ones. */
export function template(
  about: string,
  fallback?: string,
  more: readonly string[] = [],
): Parameter<Described> {
  const read: Reader<Described> = (value, place, wants) => {
    const compiled = described(readText(value, place, wants), place, more)
    compiled.credentials.forEach(wants)
    return compiled
  }
  return parameter(about, read, fallback)
}

/** Described texts by name: headers, claims. None unless told otherwise. */
export function templates(about: string): Parameter<readonly (readonly [string, Described])[]> {
  const one = template(about)
  const read: Reader<readonly (readonly [string, Described])[]> = (value, place, wants) => {
    if (!isRecord(value)) throw fault(place, 'is not a record')
    return Object.entries(value).map(([name, item]) => [
      name,
      one.read(item, { ...place, param: `${place.param}.${name}` }, wants),
    ])
  }
  return parameter(about, read, {})
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Reads a document's parameters, all of them before it complains: the error names each that is wrong, `param` the first.
 * `prefix` stands before their names there, where they are themselves inside a parameter.
 */
export function readParameters<P extends ParameterSet>(
  set: P,
  given: unknown,
  scheme: string,
  wants: Wants,
  prefix = '',
): Values<P> {
  if (!isRecord(given)) throw fault({ scheme, param: 'parameters' }, 'is not a record')
  const problems: GatewayError[] = Object.keys(given)
    .filter((param) => !Object.hasOwn(set, param))
    .map((param) =>
      fault(
        { scheme, param: prefix + param },
        `is unknown (known: ${Object.keys(set).join(', ')})`,
      ),
    )
  const values: Record<string, unknown> = {}
  for (const [param, { read }] of Object.entries(set)) {
    try {
      values[param] = read(
        Object.hasOwn(given, param) ? given[param] : undefined,
        { scheme, param: prefix + param },
        wants,
      )
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      problems.push(error)
    }
  }
  const [first] = problems
  if (first) {
    const message = problems.map((problem) => problem.message).join('; ')
    throw new GatewayError(first.code, message, first.param === null ? {} : { param: first.param })
  }
  // Each parameter of the set was read by its own reader, under its own name.
  return values as Values<P>
}
