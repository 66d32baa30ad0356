/**
 * @module Runs inside the sandbox beside the adapter: the kit it is given, and the way in and out. Plain ECMAScript, no imports but types.
 *
 * Nothing here keeps anyone out: the adapter shares this world and may bend it. What comes out is judged on the host's side.
 */
import type { Kit } from '../adapter.ts'

/** A function of the host: text and bytes in, text or bytes out. */
type Host = (text: string, ...buffers: readonly ArrayBuffer[]) => string | ArrayBuffer

/** The adapter, as far as this file can know it. */
interface Part {
  readonly [name: string]: Part & ((...given: readonly unknown[]) => unknown)
}

/** Longer words of an error are cut. */
const WORDS = 400

// The adapter may replace them later; what it is told would not be the host's words any more.
const { parse, stringify } = JSON

/** Begins every text that stands for something else than text. New for each call, so that data of a caller's never has it. */
let mark = ''

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

/** What may occur in a value beside JSON and holes: the functions of an adapter, or bytes on their way to the host. */
type Beside = 'functions' | ArrayBuffer[] | null

/** A value as JSON, in which marked texts stand for holes, bytes, functions and nothing. Throws for what is no data. */
function write(value: unknown, beside: Beside): string {
  if (beside === null) {
    const text = stringify(value)
    // Most values are this simple. A null may be one, or stand for what JSON has no word for.
    if (text !== undefined && !text.includes('null')) return text
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
function words(error: unknown): string {
  return error instanceof Error ? String(error.message).slice(0, WORDS) : 'no reason given'
}

/** The kit: holes are made on this side, everything else is the host's, behind the same names. */
function kitOf(host: Host, names: readonly string[]): Kit {
  const call =
    (name: string) =>
    (...given: readonly unknown[]): unknown => {
      const buffers: ArrayBuffer[] = []
      const answer = host(write([name, ...given], buffers), ...buffers)
      if (typeof answer !== 'string') return new Uint8Array(answer)
      if (answer === '') return undefined
      if (answer[0] === '=') return parse(answer.slice(1))
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

/** The message with its body as JSON beside it, read when it is asked for. */
function withJson(message: Message): object {
  let read: { readonly value: unknown } | null = null
  return Object.defineProperty({ ...message }, 'json', {
    enumerable: true,
    configurable: true,
    get: () => (read ??= { value: jsonOf(message.text) }).value,
  })
}

function jsonOf(text: string): unknown {
  try {
    return parse(text)
  } catch {
    return undefined
  }
}

/** What the host gives an entry: as the contract says, which nobody checks here. */
type Given = readonly [never, never, never]

/** What a message from outside is given as: the text, from which its JSON is read. */
type Message = { readonly text: string }

/** Every way into an adapter. The names are those of the contract. */
const ENTRIES: {
  readonly [name: string]: (adapter: Part, given: Given, body: ArrayBuffer) => unknown
} = {
  check: ({ operations }, [name, intent]) => operations?.[name]?.['check']?.(intent),
  build: ({ operations }, [name, intent]) => operations?.[name]?.['build']?.(intent),
  parse: ({ operations }, [name, answer, intent]) =>
    operations?.[name]?.['parse']?.(withJson(answer), intent),
  derive: ({ derive }, [name, opened]) => derive?.[name]?.(opened),
  fields: ({ fields }, [name, filled, signing]) => fields?.[name]?.(filled, signing),
  sign: (adapter, [request, signing], body) =>
    adapter['sign']?.(Object.assign({ bytes: new Uint8Array(body) }, request), signing),
  verify: (adapter, [answer, signing]) => adapter['verify']?.(withJson(answer), signing),
  'session.plan': ({ session }, [intent]) => session?.['plan']?.(intent),
  'session.parse': ({ session }, [answer]) => session?.['parse']?.(withJson(answer)),
  'notification.verify': ({ notification }, [incoming, given]) =>
    notification?.['verify']?.(withJson(incoming), given),
  'notification.parse': ({ notification }, [incoming]) =>
    notification?.['parse']?.(withJson(incoming)),
  'notification.acknowledge': ({ notification }, [accepted, given]) =>
    notification?.['acknowledge']?.(accepted, given),
}

/** Takes away what makes a function say another thing at another time. */
function makePure(): void {
  const Real = Date
  const noClock = (): never => {
    throw new TypeError('there is no clock: use intent.now')
  }
  const pure = function (...given: readonly unknown[]): Date {
    if (!new.target || given.length === 0) return noClock()
    // Dates of a given time are computed, not measured.
    return Reflect.construct(Real, given, new.target)
  }
  Object.defineProperty(pure, 'name', { value: 'Date' })
  Object.assign(pure, { prototype: Real.prototype, now: noClock })
  for (const name of ['UTC', 'parse'] as const) {
    Object.defineProperty(pure, name, { value: Real[name], writable: true, configurable: true })
  }
  Object.defineProperty(Real.prototype, 'constructor', { value: pure })
  Object.defineProperty(globalThis, 'Date', { value: pure, writable: true, configurable: true })
  Math.random = () => {
    throw new TypeError('there is no chance: use crypto.random of the kit')
  }
  const gone = ['Atomics', 'SharedArrayBuffer', 'WeakRef', 'FinalizationRegistry', 'performance']
  for (const name of gone) Reflect.deleteProperty(globalThis, name)
}

/** Sets the world up. Gives the one function the host calls: with a module and a mark, to take it in; with text, to run one entry. */
export default function install(host: Host, names: string) {
  makePure()
  const kit = kitOf(host, parse(names))
  let adapter: Part = {}
  return (request: string | { readonly default?: unknown }, body: ArrayBuffer | string): string => {
    try {
      if (typeof request !== 'string') {
        mark = String(body)
        const { default: make } = request
        if (typeof make !== 'function') throw new TypeError('has no function as default export')
        adapter = make(kit)
        if (typeof adapter !== 'object' || adapter === null) {
          throw new TypeError('the default export gives no adapter')
        }
        return `=${write(adapter, 'functions')}`
      }
      const [marked, name, ...given] = parse(request)
      mark = marked
      // The host gives bytes where it gives no mark.
      return `=${write(ENTRIES[name]?.(adapter, given, body as ArrayBuffer), null)}`
    } catch (error) {
      const stack = typeof request !== 'string' && error instanceof Error ? error.stack : ''
      return `!${words(error)}\n${stack ?? ''}`
    }
  }
}
