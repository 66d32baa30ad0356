/**
 * @module Praxis's signatures, written from its pages and not from the adapter: SHA-384 over values and the secret.
 */
import { createHash, timingSafeEqual } from 'node:crypto'

export type Message = Readonly<Record<string, unknown>>

/** Version 1.2: every value by the order of names, then the secret. https://doc.praxiscashier.com/integration_docs/3.3/overview/how_to_build_signature */
export function signAll(message: Message, secret: string): string {
  const names = Object.keys(message).filter((name) => name !== 'signature')
  return digest(
    names.sort().map((name) => message[name]),
    secret,
  )
}

/** Version 1.3: the values that a page lists, in its order; `null` is skipped. https://doc.praxiscashier.com/integration_docs/latest/overview/authentication */
export function signListed(message: Message, paths: readonly string[], secret: string): string {
  return digest(
    paths.map((path) => path.split('.').reduce<unknown>(step, message)),
    secret,
  )
}

/** Whether both say the same; in constant time, as a real one would. */
export function isSame(given: unknown, wanted: string): boolean {
  const [a, b] = [Buffer.from(String(given).toLowerCase()), Buffer.from(wanted)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** A member of an object; undefined where there is none. */
export function step(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined
}

function digest(values: readonly unknown[], secret: string): string {
  return createHash('sha384')
    .update(values.map(php).join('') + secret)
    .digest('hex')
}

/** As PHP's `implode` writes it. */
function php(value: unknown): string {
  if (value === null || value === undefined || value === false) return ''
  return value === true ? '1' : typeof value === 'object' ? 'Array' : String(value)
}
