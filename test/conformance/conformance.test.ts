/**
 * @module The kit itself: an adapter that uses all of the contract conforms, and one with a mistake is told of that mistake alone.
 */
import { describe, expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Adapter } from '../../src/adapter.ts'
import { checkAdapter } from '../../src/conformance/check.ts'
import { readFixtures } from '../../src/conformance/fixture.ts'
import { RULES } from '../../src/conformance/rules.ts'
import { kit } from '../../src/kit.ts'
import type { Broken } from './broken.ts'
import { FILES, good } from './good.ts'

const folder = join(import.meta.dir, 'broken')
const all: readonly (readonly [name: string, broken: Broken])[] = await Promise.all(
  readdirSync(folder).map(async (name) => {
    // Every file there exports one by default.
    const { default: broken } = (await import(join(folder, name))) as { default: Broken }
    return [name, broken] as const
  }),
)

test('the adapter that all broken ones are made of conforms', async () => {
  const adapter = good(kit) as unknown as Adapter
  expect(await checkAdapter(adapter, readFixtures(FILES), 'acme')).toEqual([])
})

describe('a broken adapter', () => {
  for (const [name, { rule, mistake, says, make, files }] of all) {
    test(`${name}: ${mistake}`, async () => {
      // What it is made into need be no adapter: that is what the kit is to tell.
      const adapter = make(good(kit), kit) as Adapter
      const found = await checkAdapter(adapter, readFixtures(files), 'acme')
      const told = found.filter((one) => one.rule === rule)
      expect(found.map((one) => `${one.rule}: ${one.where}: ${one.message}`)).not.toEqual([])
      expect(told.map(({ where, message }) => `${where}: ${message}`).join('\n')).toMatch(says)
      for (const { fix, message } of told) expect([fix, message]).not.toContain('')
      expect(new Set(found.map((one) => one.rule))).toEqual(new Set([rule]))
    })
  }
})

test('every rule has a broken adapter', () => {
  const tested = new Set(all.map(([, { rule }]) => rule))
  expect(RULES.map(({ name }) => name).filter((name) => !tested.has(name))).toEqual([])
  expect(all.length).toBeGreaterThanOrEqual(15)
})
