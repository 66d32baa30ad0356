/**
 * @module The types of settings: what a value of the file or the environment must be, and what it becomes.
 */
import { parseCidr, type Cidr } from '../cidr.ts'
import { parseRate, RATE_FORM } from '../limits/rate.ts'
import type { Rule } from '../limits/store.ts'
import { parseRedis, type RedisPlace } from '../redis/place.ts'
import { Secret } from '../secret.ts'
import type { Path } from './lines.ts'
import { parseListen, type Listen } from './listen.ts'

/** Reports a mistake inside a value, at a path below the setting. */
export type Fault = (path: Path, message: string) => void

export interface Type<T> {
  /** Completes "must be". */
  readonly is: string
  /** The value, or undefined where it is none: then the fault was reported, or the caller says what it must be. */
  readonly read: (value: unknown, fault: Fault) => T | undefined
  /** What the text of an environment variable stands for in TOML; without it, a text. */
  readonly fromText?: (text: string) => unknown
}

/** Text that satisfies a test. */
function text(
  is: string,
  holds: (value: string) => boolean = (value) => value !== '',
): Type<string> {
  return { is, read: (value) => (typeof value === 'string' && holds(value) ? value : undefined) }
}

/** What stands in records and logs. */
export const nodeName = text(
  'a name of at most 64 letters, digits, dots, dashes and colons',
  (value) => /^[A-Za-z0-9][A-Za-z0-9.:_-]{0,63}$/.test(value),
)

export const file = text('the path of a file')
export const folder = text('the path of a folder')

/** A whole number within bounds, both included. */
export function integer(least: number, most: number): Type<number> {
  return {
    is: `a whole number from ${least} to ${most}`,
    read: (value) =>
      typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
        ? value
        : undefined,
    fromText: (value) => (/^[0-9]{1,15}$/.test(value) ? Number(value) : value),
  }
}

/** One of a few words. */
export function choice<const T extends string>(...words: readonly T[]): Type<T> {
  return {
    is: words.map((word) => `"${word}"`).join(' or '),
    read: (value) => words.find((word) => word === value),
  }
}

export const secret: Type<Secret> = {
  is: 'a text that is not empty',
  read: (value) => (typeof value === 'string' && value !== '' ? new Secret(value) : undefined),
}

export const listen: Type<Listen> = {
  is: 'a host and a port, such as "127.0.0.1:8420" or "[::1]:8420"',
  read: (value) => (typeof value === 'string' ? (parseListen(value) ?? undefined) : undefined),
}

/** An URL in which nothing is hidden: no user, no query, no fragment. */
function isPlainUrl(value: string, protocols: readonly string[]): boolean {
  const url = URL.parse(value)
  return (
    url !== null &&
    protocols.includes(url.protocol) &&
    !/[?#\s\\]/.test(value) &&
    url.username === '' &&
    url.password === ''
  )
}

/** The address that callers see: issued tokens name it, so it is kept as written but for the last slash. */
export const publicUrl: Type<string> = {
  is: 'an https or http URL without user, query and fragment',
  read: (value) =>
    typeof value === 'string' && isPlainUrl(value, ['https:', 'http:'])
      ? value.replace(/\/$/, '')
      : undefined,
}

const isPrimary = (value: string): boolean => isPlainUrl(value, ['libsql:', 'https:', 'http:'])

export const databaseUrl = text(
  '"file:PATH", or the libsql://, https:// or http:// URL of a libSQL server, without a token in it',
  (value) => /^file:.+$/s.test(value) || isPrimary(value),
)

export const primaryUrl = text(
  'the libsql://, https:// or http:// URL of a libSQL server, without a token in it',
  isPrimary,
)

/** As long as a merchant may repeat a call with its idempotency key, which goes with the record. */
const LEAST_DAYS = 30

const days = integer(LEAST_DAYS, 36_500)

/** Whole days; 0 is for ever. */
export const retention: Type<number> = {
  ...days,
  is: `0, or ${days.is}`,
  read: (value, fault) => (value === 0 ? 0 : days.read(value, fault)),
}

/** Null for memory. */
export const sessionsUrl: Type<RedisPlace | null> = {
  is: '"memory:", or a redis:// or rediss:// URL (`rediss://user:password@host:6379/0`, several hosts with commas)',
  read: (value) => {
    if (typeof value !== 'string') return undefined
    return value === 'memory:' ? null : (parseRedis(value) ?? undefined)
  },
}

export const flag: Type<boolean> = {
  is: 'true or false',
  read: (value) => (typeof value === 'boolean' ? value : undefined),
  fromText: (value) => (value === 'true' || value === 'false' ? value === 'true' : value),
}

/** A program and its arguments; a text is given to `/bin/sh -c`. */
export const command: Type<readonly string[]> = {
  is: 'a command: an array of texts, or one text for /bin/sh',
  read: (value) => {
    if (typeof value === 'string') return value.trim() === '' ? undefined : ['/bin/sh', '-c', value]
    return isTexts(value) && value[0] !== undefined && value[0] !== '' ? [...value] : undefined
  },
  fromText: (value) => (value.trimStart().startsWith('[') ? json(value) : value),
}

export const cidrs: Type<readonly Cidr[]> = {
  is: 'an array of address ranges, such as ["10.0.0.0/8", "fd00::/8"]',
  read: (value, fault) => {
    if (!isTexts(value)) return undefined
    return value.flatMap((one, index) => {
      const cidr = parseCidr(one)
      if (!cidr)
        fault([index], 'must be an address range such as "10.0.0.0/8", no bit set beyond it')
      return cidr ? [cidr] : []
    })
  },
  fromText: (value) =>
    value.trimStart().startsWith('[') ? json(value) : value.split(',').map((one) => one.trim()),
}

/** How many in a time; null for no limit, which is written `none`. */
export const rate: Type<Rule | null> = {
  is: RATE_FORM,
  read: (value) => (typeof value === 'string' ? parseRate(value) : undefined),
}

/** Names of files -> sha256 in hex. */
export const pins: Type<Readonly<Record<string, string>>> = {
  is: 'a table of adapter names and sha256 sums in hex',
  read: (value, fault) => {
    if (!isTable(value)) return undefined
    return Object.fromEntries(
      Object.entries(value).flatMap(([name, sum]) => {
        if (typeof sum === 'string' && /^[0-9a-fA-F]{64}$/.test(sum))
          return [[name, sum.toLowerCase()]]
        fault([name], 'must be a sha256 sum: 64 hexadecimal digits')
        return []
      }),
    )
  },
  fromText: json,
}

/** Names of adapters. */
export const names: Type<readonly string[]> = {
  is: 'an array of names, such as ["acme"]',
  read: (value) =>
    isTexts(value) && value.every((one) => /^[a-z][\w-]*$/.test(one)) ? [...value] : undefined,
  fromText: (value) =>
    value.trimStart().startsWith('[') ? json(value) : value.split(',').map((one) => one.trim()),
}

/** The words for a key that there is not. */
export function unknown(meant: string | null): string {
  return meant === null ? 'is unknown' : `is unknown; did you mean ${meant}?`
}

/** A table of TOML or JSON. */
export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
  )
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

/** JSON, or the text itself, which no type that asks for a table or an array takes. */
export function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
