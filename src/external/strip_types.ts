/**
 * @module TypeScript as JavaScript, by the transpiler inside the executable; nothing is checked, nothing is run.
 */

/** Macros are functions that Bun would call here and now, outside of any sandbox. `false` refuses them; its type does not say so. */
const NO_MACROS = false as unknown as Record<string, never>

/** The source without types. Throws what Bun throws, with positions, for what it cannot read. */
export function stripTypes(source: string): string {
  const options = { macro: NO_MACROS, target: 'browser', trimUnusedImports: true } as const
  return new Bun.Transpiler({ ...options, loader: 'ts' }).transformSync(source)
}
