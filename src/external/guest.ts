/**
 * @module Runs inside the sandbox beside the adapter: the ways into it. Plain ECMAScript; of what it imports there is only the text.
 *
 * Nothing here keeps anyone out: the adapter shares this world and may bend it. What comes out is judged on the host's side.
 */
import kitOf, { known, parse, setMark, whenRead, words, write, type Host } from './guest_kit.ts'

/** The adapter, as far as this file can know it. */
interface Part {
  readonly [name: string]: Part & ((...given: readonly unknown[]) => unknown)
}

/** What a message from outside is given as: the text, from which its JSON is read. */
type Message = { readonly text: string }

/** What the host gives an entry: as the contract says, which nobody checks here. */
interface Given {
  readonly name: never
  readonly names: readonly never[]
  /** An answer, a notification, a request. */
  readonly message: never
  /** The filled fields in their JSON. */
  readonly fields: string
  /** Of the payment's secrets, those that the entry may see. */
  readonly open: object
  readonly accepted: boolean
}

/** Gives the intent, which comes as text of its own, because many functions never look at it. */
type Intent = () => object

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
  fields: ({ fields }, { names, fields: text, open }, intent) => {
    const filled = known(text, 0)
    return each(names, (name) => fields?.[name]?.(filled, withIntent(open, intent)))
  },
  sign: (adapter, { message, fields, open }, intent, body) =>
    adapter['sign']?.(
      Object.assign({ bytes: new Uint8Array(body), fields: known(fields, 0) }, message),
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
  return {
    ...open,
    get intent() {
      return intent()
    },
  }
}

/** The message with its body as JSON beside it, read when it is asked for. */
function withJson(message: Message): object {
  const json = once(() => jsonOf(message.text))
  return {
    ...message,
    get json() {
      return json()
    },
  }
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
  /** Either a module and a mark; or the entry and what it is given, intent and filled fields as text, and a body. */
  return (request: object | string, second: string, fields: string, body: ArrayBuffer): string => {
    try {
      if (typeof request !== 'string') {
        setMark(second)
        // The engine gives a promise of the module then; what has no `export` at all is a module, too.
        if (request instanceof Promise) throw new TypeError('uses await outside of a function')
        const make: unknown = Reflect.get(request, 'default')
        if (typeof make !== 'function') throw new TypeError('has no function as default export')
        adapter = make(kit)
        if (typeof adapter !== 'object' || adapter === null) {
          throw new TypeError('the default export gives no adapter')
        }
        return `=${write(adapter, 'functions')}`
      }
      const given = { ...parse(request), fields }
      const { entry } = given
      setMark(given.mark)
      const intent = once(() => parse(second))
      const value = ENTRIES[entry]?.(adapter, given, intent, body)
      return `=${write(value, EXACT.includes(entry) ? 'exact' : 'plain')}`
    } catch (error) {
      const stack = typeof request !== 'string' && error instanceof Error ? error.stack : ''
      return `!${words(error)}\n${stack ?? ''}`
    }
  }
}
