/**
 * @module Runs when the program is built: the files of the skeleton and the text of the contract, to be embedded.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

interface Embedded {
  /** src/adapter.ts, as it is. */
  readonly contract: string
  /** The adapter's file. */
  readonly adapter: string
  /** The files of its folder of fixtures. */
  readonly fixtures: readonly { readonly name: string; readonly text: string }[]
}

/** Called as a macro: what it gives is written into the program in its place. */
export function embed(): Embedded {
  const read = (...path: readonly string[]): string =>
    readFileSync(join(import.meta.dir, ...path), 'utf8')
  return {
    contract: read('../adapter.ts'),
    adapter: read('acme.txt'),
    fixtures: readdirSync(join(import.meta.dir, 'acme.fixtures'))
      .sort()
      .map((name) => ({ name, text: read('acme.fixtures', name) })),
  }
}
