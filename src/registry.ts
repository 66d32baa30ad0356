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

/** The adapters of the given modules; by default the built-in ones. */
export function openRegistry(modules: readonly AdapterModule[] = builtInModules()): Registry {
  const adapters = new Map(modules.map((make) => make(kit)).map((adapter) => [adapter.id, adapter]))
  return {
    list: () => [...adapters.values()],
    get(id) {
      const adapter = adapters.get(id)
      if (adapter) return adapter
      throw new GatewayError('invalid_request', 'There is no such adapter.', {
        param: 'adapter',
        hint: `Use one of: ${[...adapters.keys()].join(', ')}.`,
      })
    },
  }
}

function builtInModules(): readonly AdapterModule[] {
  // Each takes the kit and gives an adapter; only the names of its credentials differ, which the core reads as strings.
  return Object.values(builtIn) as unknown as readonly AdapterModule[]
}
