/**
 * @module The host's side of the kit: makes the holes that code inside asks for, and runs its calls of cryptography and the like.
 */
import type { Hole, Kit } from '../adapter.ts'
import { kit } from '../kit.ts'
import { list, oneOf, text, type Shape } from './shape.ts'
import type { HostFunction } from './vm.ts'
import { read } from './wire.ts'

/** Those that give holes are made inside, and become real when a plan comes out. */
const MADE_INSIDE: readonly (keyof Kit)[] = [
  'define',
  'card',
  'derived',
  'session',
  'credential',
  'base64',
  'text',
]

type Called = (...given: readonly unknown[]) => unknown

/** Every other function of the kit, by its name with dots: `crypto.hash`. */
const FUNCTIONS: ReadonlyMap<string, Called> = new Map(
  functionsOf(
    Object.entries(kit).filter(([name]) => !MADE_INSIDE.some((inside) => inside === name)),
    '',
  ),
)

export const HOST_FUNCTIONS: readonly string[] = [...FUNCTIONS.keys()]

function functionsOf(members: readonly [string, unknown][], prefix: string): [string, Called][] {
  return members.flatMap(([name, member]): [string, Called][] => {
    // The kit's types are for those who write adapters; here each function checks what it is given.
    if (typeof member === 'function') return [[prefix + name, member as Called]]
    return functionsOf(Object.entries(member ?? {}), `${prefix}${name}.`)
  })
}

/**
 * Runs one call from inside. The words of an error go back in: kit functions put no values into them.
 *
 * @param known the objects that code inside may name by their number; one that is answered is put to them
 */
export function answer(
  message: string,
  buffers: readonly Uint8Array[],
  mark: string,
  known: object[],
): ReturnType<HostFunction> {
  try {
    const call = read(message, mark, { bytes: buffers, known, gaps: true })
    const [name, ...given] = Array.isArray(call) ? call : []
    const run = typeof name === 'string' ? FUNCTIONS.get(name) : undefined
    if (!run) return '!there is no such function in the kit'
    const value = run(...given)
    if (value instanceof Uint8Array) return value
    if (typeof value === 'string') return `"${value}`
    if (value === undefined) return 'u'
    const json = JSON.stringify(value)
    // Lists are no stand-ins inside.
    return json.startsWith('{') ? `v${known.push(Object(value)) - 1} ${json}` : `=${json}`
  } catch (error) {
    return `!${error instanceof Error ? error.message : 'the kit refused'}`
  }
}

/** What an adapter has, so that its holes can be checked against it. Null while it says so itself. */
export interface Known {
  readonly credentials: object
  readonly derive?: object
  readonly session?: object
}

const field = oneOf('number', 'cvc', 'exp_month', 'exp_year', 'holder')
const format = oneOf('MM', 'YY', 'YYYY', 'number')

/** Makes the hole that code inside has asked for. Throws for those that nothing could ever fill. */
export function makeHole(known: Known | null) {
  const among = (members: object | undefined, what: string): Shape<string> => {
    return (value, path) => {
      const name = text()(value, path)
      if (known === null || (members && Object.hasOwn(members, name))) return name
      throw new TypeError(
        `has a hole for the ${what} ${JSON.stringify(name.slice(0, 64))}, which it does not have`,
      )
    }
  }
  const make = (kind: string, given: readonly string[]): Hole<string> => {
    const [first] = given
    switch (kind) {
      case 'card':
        return kit.card(
          field(first, 'the field of a card'),
          ...(given.length > 1 ? [format(given[1], 'the format of a date')] : []),
        )
      case 'credential':
        return kit.credential(among(known?.credentials, 'credential')(first, 'its name'))
      case 'derived':
        return kit.derived(among(known?.derive, 'derived value')(first, 'its name'))
      case 'session':
        if (known && !known.session)
          throw new TypeError('has a hole for a session, but no session step')
        return kit.session(text()(first, 'its name'))
      case 'base64':
        return kit.base64(...parts(first))
      case 'text':
        return kit.text(...parts(first))
      default:
        throw new TypeError('has a hole of an unknown kind')
    }
  }
  const parts = (json = '[]'): readonly (string | Hole<string>)[] =>
    list<string | Hole<string>>((part, path) => {
      if (!Array.isArray(part)) return text()(part, path)
      const [kind = '', ...given] = part.map(String)
      return make(kind, given)
    })(JSON.parse(json), 'its parts')
  return make
}
