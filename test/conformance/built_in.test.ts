/**
 * @module Every adapter that is built in conforms; of the presets, those that have recorded answers.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'bun:test'
import * as builtIn from '../../adapters/index.ts'
import { openRegistry } from '../../src/registry.ts'
import { describeAdapter } from './describe.ts'

for (const { id } of openRegistry().list()) {
  const hasAnswers = existsSync(join(import.meta.dir, '../fixtures', id))
  if (Object.hasOwn(builtIn, id) || hasAnswers) describeAdapter(id)
  else
    test.skipIf(!hasAnswers)(`${id} conforms: it has no answers in test/fixtures/${id}`, () => {})
}
