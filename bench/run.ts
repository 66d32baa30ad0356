/**
 * @module All benches, one after the other: `bun run bench [--short] [--only throughput,steps]`. Starts all it needs on this
 * machine; prints tables, and writes bench/results.md.
 */
import { join } from 'node:path'
import { need } from './support/machine.ts'
import { executable, ONLY, SHORT } from './support/options.ts'

/** In the order of the file. */
const BENCHES = [
  'throughput',
  'steps',
  'workers',
  'growth',
  'memory',
  'soak',
  'sandbox',
  'starve',
] as const

need('nginx', 'wrk', 'taskset')
executable()
const unknown = [...(ONLY ?? [])].filter((name) => !BENCHES.some((bench) => bench === name))
if (unknown.length > 0) {
  console.error(
    `no bench is called ${unknown.join(', ')}\nnext: bun run bench --only ${BENCHES.join(',')}`,
  )
  process.exit(2)
}
const failed: string[] = []
for (const name of BENCHES) {
  if (ONLY !== null && !ONLY.has(name)) continue
  console.error(`bench/${name}.ts`)
  const command = [
    process.execPath,
    join(import.meta.dir, `${name}.ts`),
    ...(SHORT ? ['--short'] : []),
  ]
  const { exitCode } = Bun.spawnSync(command, { stdio: ['ignore', 'inherit', 'inherit'] })
  if (exitCode !== 0) failed.push(name)
}
if (failed.length > 0) console.error(`failed: ${failed.join(', ')}`)
process.exit(failed.length > 0 ? 1 : 0)
