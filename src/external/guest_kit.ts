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
  /** Of a kind, with the JSON of what it is made with. */
  constructor(kind: string, given: string) {
    this.#spec = `["${kind}",${given}]`
    Object.freeze(this)
  }
  /** Holes end up in JSON. */
  toJSON(): string {
    if (!(#spec in this)) throw new TypeError('a field is no JSON value')
    return `${mark}h${this.#spec}`
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
  if (beside !== 'functions') {
    const text = stringify(value)
    // A null may be one, or stand for what JSON has no word for.
    const sure = beside === 'plain' || (beside === 'exact' && !text?.includes('null'))
    if (text !== undefined && (sure || isData(value))) return text
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

/** Whether JSON has a word for all of it. Members that are not there are left out by the host as by JSON. */
function isData(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return typeof value !== 'function'
  if (value instanceof Uint8Array) return false
  if (Array.isArray(value)) return value.every((item) => item !== undefined && isData(item))
  return Object.values(value).every(isData)
}

/** An object that is read only when it is looked at. */
interface Unread {
  read: (() => object) | object
  /** Whether nothing but simple values was read of it, so that it cannot have been changed. */
  same: boolean
}

function whole(unread: Unread): object {
  unread.same = false
  return content(unread)
}

function content(unread: Unread): object {
  const { read } = unread
  return typeof read === 'function' ? (unread.read = read()) : read
}

const READING: ProxyHandler<Unread> = {
  get(unread, name) {
    const value: unknown = Reflect.get(content(unread), name)
    unread.same &&= typeof value !== 'object' || value === null
    return value
  },
  has: (unread, name) => Reflect.has(content(unread), name),
  set: (unread, name, value) => Reflect.set(whole(unread), name, value),
  deleteProperty: (unread, name) => Reflect.deleteProperty(whole(unread), name),
  defineProperty: (unread, name, how) => Reflect.defineProperty(whole(unread), name, how),
  ownKeys: (unread) => Reflect.ownKeys(content(unread)),
  getOwnPropertyDescriptor: (unread, name) => Reflect.getOwnPropertyDescriptor(whole(unread), name),
}

/** Stands for what `read` gives, which is asked when it is looked at. It can be changed, but not frozen. */
export function whenRead(read: () => object): object {
  // What it is behind its handler, nobody sees.
  return new Proxy<Unread>({ read, same: false }, READING)
}

/** Of objects that the host has as well: their numbers. */
const numbers = new WeakMap<object, { readonly unread: Unread; readonly number: number }>()

/** An object that the host knows by a number. Given back as it is, it crosses as its number. */
export function known(text: string, number: number): object {
  const unread = { read: () => parse(text), same: true }
  const object = new Proxy<Unread>(unread, READING)
  numbers.set(object, { unread, number })
  return object
}

/** What goes to the host: in place of objects that it has as well, and that are the same still, their numbers. */
function crossing(call: unknown[]): unknown[] {
  for (const [index, given] of call.entries()) {
    const known = typeof given === 'object' && given !== null ? numbers.get(given) : undefined
    if (known?.unread.same) call[index] = `${mark}v${known.number}`
  }
  return call
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
      const answer = host(write(crossing([name, ...given]), buffers), ...buffers)
      if (typeof answer !== 'string') return new Uint8Array(answer)
      switch (answer[0]) {
        case '"':
          return answer.slice(1)
        case '=':
          return parse(answer.slice(1))
        case 'v': {
          const end = answer.indexOf(' ')
          return known(answer.slice(end), Number(answer.slice(1, end)))
        }
        case 'u':
          return undefined
      }
      throw new Error(answer.slice(1))
    }
  const text = (value: unknown): string => stringify(String(value))
  const part = (value: unknown): string => {
    const spec = typeof value === 'object' && value !== null ? Hole.specOf(value) : null
    return spec ?? text(value)
  }
  const composed =
    (kind: string) =>
    (...parts: readonly unknown[]) =>
      new Hole(kind, stringify(`[${parts.map((one) => part(one)).join(',')}]`))
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
    card: (field: string, as?: string) =>
      new Hole('card', as === undefined ? text(field) : `${text(field)},${text(as)}`),
    derived: (name: string) => new Hole('derived', text(name)),
    session: (name: string) => new Hole('session', text(name)),
    credential: (name: string) => new Hole('credential', text(name)),
    base64: composed('base64'),
    text: composed('text'),
    ...others,
    crypto: Object.freeze(cryptography),
  }
  // The same members as the host's kit; its types say more of them than can be checked here.
  return Object.freeze(kit) as unknown as Kit
}
