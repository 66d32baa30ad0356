/**
 * @module Runs inside the sandbox: the kit an adapter is given there, and how values are written for the host. Joined to guest.ts as text.
 */
import type { Kit } from '../adapter.ts'

/** A function of the host: text and bytes in, text or bytes out. */
export type Host = (text: string, ...buffers: readonly ArrayBuffer[]) => string | ArrayBuffer

/** Longer words of an error are cut. */
const WORDS = 400

// The adapter may replace them later; what it is told would not be the host's words any more.
export const { parse } = JSON
const { stringify } = JSON

/** Begins every text that stands for something else than text. New for each call, so that data of a caller's never has it. */
let mark = ''

/** Takes the mark of the call that begins. */
export function setMark(text: string): void {
  mark = text
}

/** A place for a value from the vault. A private field cannot be put on an object from outside, so data is never one. */
class Hole {
  readonly #spec: string
  constructor(...spec: readonly (string | undefined)[]) {
    this.#spec = stringify(spec.filter((part) => part !== undefined))
    Object.freeze(this)
  }
  /** Holes end up in JSON. */
  toJSON(): string {
    const spec = Hole.specOf(this)
    if (spec === null) throw new TypeError('a field is no JSON value')
    return `${mark}h${spec}`
  }
  static specOf(value: object): string | null {
    return #spec in value ? value.#spec : null
  }
}

/**
 * What may occur in a value beside JSON and holes: the functions of an adapter, or bytes on their way to the host. `plain`
 * values are checked by the host in each member, so that it need not be told why something is null.
 */
type Beside = 'plain' | 'exact' | 'functions' | ArrayBuffer[]

/** A value as JSON, in which marked texts stand for holes, bytes, functions and nothing. Throws for what is no data. */
export function write(value: unknown, beside: Beside): string {
  if (beside === 'plain' || beside === 'exact') {
    const text = stringify(value)
    // A null may be one, or stand for what JSON has no word for.
    if (text !== undefined && (beside === 'plain' || !text.includes('null'))) return text
  }
  return stringify(value, (_, item: unknown) => {
    if (item === undefined) return `${mark}u`
    if (typeof item === 'function' && beside === 'functions') return `${mark}f`
    if (Array.isArray(beside) && item instanceof Uint8Array) {
      return `${mark}b${beside.push(item.slice().buffer) - 1}`
    }
    if (typeof item !== 'function' && (typeof item !== 'number' || Number.isFinite(item)))
      return item
    throw new TypeError('a field is no JSON value')
  })
}

/** What an error says, whatever was thrown. */
export function words(error: unknown): string {
  return error instanceof Error ? String(error.message).slice(0, WORDS) : 'no reason given'
}

/** The kit: holes are made on this side, everything else is the host's, behind the same names. */
export default function kitOf(host: Host, names: readonly string[]): Kit {
  const call =
    (name: string) =>
    (...given: readonly unknown[]): unknown => {
      const buffers: ArrayBuffer[] = []
      const simple = given.every((one) => typeof one === 'string')
      const call = [name, ...given]
      const answer = host(simple ? stringify(call) : write(call, buffers), ...buffers)
      if (typeof answer !== 'string') return new Uint8Array(answer)
      switch (answer[0]) {
        case '"':
          return answer.slice(1)
        case '=':
          return parse(answer.slice(1))
        case 'u':
          return undefined
      }
      throw new Error(answer.slice(1))
    }
  const part = (value: unknown): string => {
    const spec = typeof value === 'object' && value !== null ? Hole.specOf(value) : null
    return spec ?? stringify(String(value))
  }
  const composed =
    (kind: string) =>
    (...parts: readonly unknown[]) =>
      new Hole(kind, `[${parts.map((one) => part(one)).join(',')}]`)
  const CRYPTO = 'crypto.'
  const [cryptography, others] = [true, false].map((is) =>
    Object.fromEntries(
      names
        .filter((name) => name.startsWith(CRYPTO) === is)
        .map((name) => [is ? name.slice(CRYPTO.length) : name, call(name)]),
    ),
  )
  const kit = {
    define: (adapter: object) => Object.freeze(adapter),
    card: (field: string, as?: string) => new Hole('card', field, as),
    derived: (name: string) => new Hole('derived', name),
    session: (name: string) => new Hole('session', name),
    credential: (name: string) => new Hole('credential', name),
    base64: composed('base64'),
    text: composed('text'),
    ...others,
    crypto: Object.freeze(cryptography),
  }
  // The same members as the host's kit; its types say more of them than can be checked here.
  return Object.freeze(kit) as unknown as Kit
}
