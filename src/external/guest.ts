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

/**
 * What may occur in a value beside JSON and holes: the functions of an adapter, or bytes on their way to the host. `plain`
 * values are checked by the host in each member, so that it need not be told why something is null.
 */
type Beside = 'plain' | 'exact' | 'functions' | ArrayBuffer[]

/** A value as JSON, in which marked texts stand for holes, bytes, functions and nothing. Throws for what is no data. */
function write(value: unknown, beside: Beside): string {
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
function words(error: unknown): string {
  return error instanceof Error ? String(error.message).slice(0, WORDS) : 'no reason given'
}

/** The kit: holes are made on this side, everything else is the host's, behind the same names. */
function kitOf(host: Host, names: readonly string[]): Kit {
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

/** What a message from outside is given as: the text, from which its JSON is read. */
type Message = { readonly text: string }

/** What the host gives an entry: as the contract says, which nobody checks here. */
interface Given {
  readonly name: never
  readonly names: readonly never[]
  /** An answer, a notification, a request. */
  readonly message: never
  readonly fields: unknown
  /** Of the payment's secrets, those that the entry may see. */
  readonly open: object
  readonly accepted: boolean
}

/** The intent comes as text of its own, because many functions never look at it. */
type Intent = () => unknown

/** The same function for many names at once: what each gives or throws. */
function each(names: readonly never[], run: (name: never) => unknown): readonly object[] {
  return names.map((name) => {
    try {
      return { value: run(name) }
    } catch (error) {
      return { error: words(error) }
    }
  })
}

/** Every way into an adapter. */
const ENTRIES: {
  readonly [name: string]: (
    adapter: Part,
    given: Given,
    intent: Intent,
    body: ArrayBuffer,
  ) => unknown
} = {
  check: ({ operations }, { name }, intent) => operations?.[name]?.['check']?.(intent()),
  build: ({ operations }, { name }, intent) => operations?.[name]?.['build']?.(intent()),
  // Most requests have nothing to complain of, and are made next.
  'check and build': (adapter, given, intent) => {
    const complaints = ENTRIES['check']?.(adapter, given, intent, NO_BODY)
    if (Array.isArray(complaints) && complaints.length > 0) return [complaints]
    const build = () => ENTRIES['build']?.(adapter, given, intent, NO_BODY)
    return [complaints ?? [], ...each([given.name], build)]
  },
  parse: ({ operations }, { name, message }, intent) =>
    operations?.[name]?.['parse']?.(withJson(message), whenRead(intent)),
  derive: ({ derive }, { names, open }, intent) =>
    each(names, (name) => derive?.[name]?.(withIntent(open, intent))),
  fields: ({ fields }, { names, fields: filled, open }, intent) =>
    each(names, (name) => fields?.[name]?.(filled, withIntent(open, intent))),
  sign: (adapter, { message, open }, intent, body) =>
    adapter['sign']?.(
      Object.assign({ bytes: new Uint8Array(body) }, message),
      withIntent(open, intent),
    ),
  verify: (adapter, { message, open }, intent) =>
    adapter['verify']?.(withJson(message), withIntent(open, intent)),
  'session.plan': ({ session }, _, intent) => session?.['plan']?.(intent()),
  'session.parse': ({ session }, { message }) => session?.['parse']?.(withJson(message)),
  'notification.verify': ({ notification }, { message, open }) =>
    notification?.['verify']?.(withJson(message), open),
  'notification.parse': ({ notification }, { message }) =>
    notification?.['parse']?.(withJson(message)),
  'notification.acknowledge': ({ notification }, { accepted, open }) =>
    notification?.['acknowledge']?.(accepted, open),
}

/** Those whose result may hold what JSON has no word for, and must tell it from null. */
const EXACT = ['build', 'check and build', 'fields', 'session.plan']
const NO_BODY = new ArrayBuffer(0)

function withIntent(open: object, intent: Intent): object {
  return Object.defineProperty({ ...open }, 'intent', {
    enumerable: true,
    configurable: true,
    get: intent,
  })
}

/** Stands for the intent, which is read when it is looked at. */
function whenRead(intent: Intent): object {
  const whole = () => Object(intent())
  return new Proxy(
    {},
    {
      get: (_, name) => Reflect.get(whole(), name),
      has: (_, name) => Reflect.has(whole(), name),
      ownKeys: () => Reflect.ownKeys(whole()),
      getOwnPropertyDescriptor: (_, name) => Reflect.getOwnPropertyDescriptor(whole(), name),
    },
  )
}

/** The message with its body as JSON beside it, read when it is asked for. */
function withJson(message: Message): object {
  const json = once(() => jsonOf(message.text))
  return Object.defineProperty({ ...message }, 'json', {
    enumerable: true,
    configurable: true,
    get: json,
  })
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null
  return () => (made ??= { value: make() }).value
}

function jsonOf(text: string): unknown {
  try {
    return parse(text)
  } catch {
    return undefined
  }
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
  /** Either a module and a mark; or the entry and what it is given, the intent as text, and a body. */
  return (request: object | string, second: string, body: ArrayBuffer): string => {
    try {
      if (typeof request !== 'string') {
        mark = second
        const make: unknown = Reflect.get(request, 'default')
        if (typeof make !== 'function') throw new TypeError('has no function as default export')
        adapter = make(kit)
        if (typeof adapter !== 'object' || adapter === null) {
          throw new TypeError('the default export gives no adapter')
        }
        return `=${write(adapter, 'functions')}`
      }
      const { entry, mark: marked, ...given } = parse(request)
      mark = marked
      const value = ENTRIES[entry]?.(
        adapter,
        given,
        once(() => parse(second)),
        body,
      )
      return `=${write(value, EXACT.includes(entry) ? 'exact' : 'plain')}`
    } catch (error) {
      const stack = typeof request !== 'string' && error instanceof Error ? error.stack : ''
      return `!${words(error)}\n${stack ?? ''}`
    }
  }
}
