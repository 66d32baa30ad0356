/**
 * @module An adapter that the operator trusts: its very content is pinned, and it runs as a built-in one does, outside of the sandbox.
 */
import type { Adapter } from '../adapter.ts'
import { asHole } from '../hole.ts'
import { kit } from '../kit.ts'
import { checkHosts, definition } from './definition.ts'
import { Refused, lineOfMember } from './refused.ts'
import { ShapeError } from './shape.ts'
import { transpile } from './transpile.ts'
import { FUNCTION } from './wire.ts'

/** Loads the source, from memory: what was hashed is what runs. Throws Refused. */
export async function openNative(source: string): Promise<Adapter> {
  const code = Buffer.from(transpile(source)).toString('base64')
  try {
    const module: { readonly default?: unknown } = await import(
      `data:text/javascript;base64,${code}`
    )
    if (typeof module.default !== 'function')
      throw new TypeError('has no function as default export')
    const adapter: unknown = module.default(kit)
    checkHosts(definition(described(adapter), ''))
    // It has just been found to be one; its functions are believed, as those of a built-in adapter are.
    return adapter as Adapter
  } catch (error) {
    if (error instanceof ShapeError)
      throw new Refused(error.message, lineOfMember(source, error.path))
    throw new Refused(error instanceof Error ? error.message : 'cannot be loaded', 1)
  }
}

/** The adapter with a sign in place of each function, as the sandbox describes one. */
function described(value: unknown): unknown {
  if (typeof value === 'function') return FUNCTION
  if (typeof value !== 'object' || value === null || asHole(value)) return value
  if (Array.isArray(value)) return value.map(described)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(members.map(([name, member]) => [name, described(member)]))
}
