/**
 * @module The adapters there are, by id.
 */
import * as builtIn from '../adapters/index.ts'
import type { Adapter, AdapterModule } from './adapter.ts'
import { GatewayError } from './errors.ts'
import { kit } from './kit.ts'
import { PRESETS, presetAdapter } from './templates/presets.ts'

export interface Registry {
  list(): readonly Adapter[]
  /** Null where there is none: a file of the folder may be gone. */
  find(id: string): Adapter | null
  /** Throws `invalid_request` naming the adapters there are. */
  get(id: string): Adapter
}

/** The ids of the built-in adapters. */
export const BUILT_IN: ReadonlySet<string> = new Set([
  ...builtInModules().map((make) => make(kit).id),
  ...Object.keys(PRESETS),
])

/** No adapters beside the built-in ones. */
const NONE: ReadonlyMap<string, Adapter> = new Map()

/**
 * The adapters of the given modules, by default the built-in ones and the presets, and those of a folder, which change while
 * the program runs and win over others of the same id: each call looks anew.
 */
export function openRegistry(
  modules?: readonly AdapterModule[],
  external: ReadonlyMap<string, Adapter> = NONE,
): Registry {
  const given = (modules ?? builtInModules()).map((make) => make(kit))
  const own = new Map(given.map((adapter) => [adapter.id, () => adapter]))
  // Each is read when it is first asked for, so that the program starts at once.
  if (!modules)
    for (const id of Object.keys(PRESETS))
      own.set(
        id,
        once(() => presetAdapter(id)),
      )
  const find = (id: string): Adapter | null => external.get(id) ?? own.get(id)?.() ?? null
  return {
    list() {
      const found = [...own.values()].map((get) => get())
      return [...new Map([...found.map((one) => [one.id, one] as const), ...external]).values()]
    },
    find,
    get(id) {
      const adapter = find(id)
      if (adapter) return adapter
      throw new GatewayError('invalid_request', 'There is no such adapter.', {
        param: 'adapter',
        hint: `Use one of: ${[...new Set([...own.keys(), ...external.keys()])].join(', ')}.`,
      })
    },
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null
  return () => (made ??= { value: make() }).value
}

function builtInModules(): readonly AdapterModule[] {
  // Each takes the kit and gives an adapter; only the names of its credentials differ, which the core reads as strings.
  return Object.values(builtIn) as unknown as readonly AdapterModule[]
}
