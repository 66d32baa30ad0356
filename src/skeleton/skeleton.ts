/**
 * @module A new adapter, ready to be changed: its file, its fixtures, and the types that editors complete from.
 */
import { embed } from './embed.ts' with { type: 'macro' }

const EMBEDDED = embed()

export interface SkeletonFile {
  /** Below the folder it is written to. */
  readonly path: string
  readonly text: string
}

/** What the types file is called. Adapters import their types from it. */
export const TYPES_FILE = 'pangate.d.ts'

/** The files of a new adapter. `id` is its name: lower-case letters, digits and `_`. */
export function skeleton(id: string): readonly SkeletonFile[] {
  const title = id
    .split(/[_-]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ')
  // A host has no underscores.
  const host = id.replaceAll('_', '-')
  const named = (text: string): string =>
    text
      .replace(/acme(\.example)?/g, (_, end?: string) => (end === undefined ? id : host + end))
      .replaceAll('Acme', title)
  return [
    { path: `${id}.ts`, text: named(EMBEDDED.adapter) },
    ...EMBEDDED.fixtures.map(({ name, text }) => ({
      path: `${id}.fixtures/${name}`,
      text: named(text),
    })),
    { path: TYPES_FILE, text: types() },
  ]
}

/** The contract as a file of declarations: src/adapter.ts, which has types alone but for its constant lists. */
function types(): string {
  const declared = EMBEDDED.contract
    .replace(
      /^\/\*\*[\s\S]*?\*\//,
      '/** The contract of adapters, for editors. Written by `pangate adapter new`; do not change it. */',
    )
    .replace(
      /^export const (\w+) = (\[[^\]]*\]) as const$/gm,
      'export declare const $1: readonly $2',
    )
  return declared
}
