/**
 * @module The kit as tests, one for each rule: `describeAdapter('stripe')` is all that a new adapter's test file has to say.
 */
import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Adapter } from '../../src/adapter.ts'
import { checkAdapter } from '../../src/conformance/check.ts'
import type { Finding } from '../../src/conformance/finding.ts'
import { readFixtures } from '../../src/conformance/fixture.ts'
import { RULES } from '../../src/conformance/rules.ts'
import { openRegistry } from '../../src/registry.ts'

const FIXTURES = join(import.meta.dir, '../fixtures')

/** Checks an adapter of the registry, or the given one, with the answers in `test/fixtures/ID/`. */
export function describeAdapter(id: string, adapter: Adapter = openRegistry().get(id)): void {
  describe(id, () => {
    let found: Promise<readonly Finding[]> | null = null
    for (const { name, asks } of RULES) {
      test(asks, async () => {
        found ??= checkAdapter(adapter, fixturesOf(id), id)
        expect((await found).filter(({ rule }) => rule === name)).toEqual([])
      })
    }
  })
}

function fixturesOf(id: string) {
  const folder = join(FIXTURES, id)
  const names = existsSync(folder) ? readdirSync(folder) : []
  return readFixtures(
    names.map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') })),
  )
}
