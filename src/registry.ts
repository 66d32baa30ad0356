/**
 * @module The adapters there are, by id.
 */
import * as builtIn from '../adapters/index.ts'
import type { Adapter, AdapterModule } from './adapter.ts'
import { GatewayError } from './errors.ts'
import { kit } from './kit.ts'

export interface Registry {
  list(): readonly Adapter[]
  /** Throws `invalid_request` naming the adapters there are. */
  get(id: string): Adapter
}

/** The ids of the built-in adapters. */
export const BUILT_IN: ReadonlySet<string> = new Set(builtInModules().map((make) => make(kit).id))

/** No adapters beside the built-in ones. */
const NONE: ReadonlyMap<string, Adapter> = new Map()

/**
 * The adapters of the given modules, by default the built-in ones, and those of a folder, which change while the program
 * runs and win over others of the same id: each call looks anew.
 */
export function openRegistry(
  modules: readonly AdapterModule[] = builtInModules(),
  external: ReadonlyMap<string, Adapter> = NONE,
): Registry {
  const own = new Map(modules.map((make) => make(kit)).map((adapter) => [adapter.id, adapter]))
  return {
    list: () => [...new Map([...own, ...external]).values()],
    get(id) {
      const adapter = external.get(id) ?? own.get(id)
      if (adapter) return adapter
      throw new GatewayError('invalid_request', 'There is no such adapter.', {
        param: 'adapter',
        hint: `Use one of: ${[...new Set([...own.keys(), ...external.keys()])].join(', ')}.`,
      })
    },
  }
}

function builtInModules(): readonly AdapterModule[] {
  // Each takes the kit and gives an adapter; only the names of its credentials differ, which the core reads as strings.
  return Object.values(builtIn) as unknown as readonly AdapterModule[]
}
