/**
 * @module An adapter both ways on one installation: built in, and its file a second time, from the folder of adapters.
 */
import { expect } from 'bun:test'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Installed, Served } from './installed.ts'

/** The adapter's own name, and that of its file in the folder. */
export const bothWays = (id: string): readonly [builtIn: string, fromFolder: string] => [
  id,
  `${id}_two`,
]

/** Puts the file into the installation's folder of adapters; gives the variables to serve with. */
export function putInFolder({ dir }: Installed, id: string): Readonly<Record<string, string>> {
  const [, name] = bothWays(id)
  const source = readFileSync(resolve(import.meta.dir, `../../adapters/${id}.ts`), 'utf8')
  mkdirSync(join(dir, 'adapters'))
  writeFileSync(join(dir, 'adapters', `${name}.ts`), source.replace(`id: '${id}'`, `id: '${name}'`))
  return { PANGATE_ADAPTERS_DIR: 'adapters' }
}

/** Authorities of several PSPs in one file; gives the variables to serve with. */
export function trusting(
  { dir }: Installed,
  ...psps: readonly { readonly caFile: string }[]
): Readonly<Record<string, string>> {
  const file = join(dir, 'authorities.pem')
  writeFileSync(file, psps.map(({ caFile }) => readFileSync(caFile, 'utf8')).join(''))
  return { PANGATE_EGRESS_CA_FILE: file }
}

/** Makes an account of the sandbox's mode; gives its id. */
export async function makeAccount(
  { call }: Served,
  account: { readonly adapter: string; readonly base_url: string } & Readonly<
    Record<'name' | 'credentials' | 'options', unknown>
  >,
): Promise<string> {
  const made = await call('POST', '/v1/accounts', { mode: 'sandbox', ...account })
  expect(made.status, made.text).toBe(201)
  return made.textAt('id')
}
