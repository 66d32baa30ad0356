/**
 * @module Every adapter that is built in conforms.
 */
import { openRegistry } from '../../src/registry.ts'
import { describeAdapter } from './describe.ts'

for (const adapter of openRegistry().list()) describeAdapter(adapter.id, adapter)
