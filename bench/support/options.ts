/** @module What a bench is told on its command line. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  args: process.argv.slice(2),
  options: {
    short: { type: 'boolean', default: false },
    only: { type: 'string' },
    kept: { type: 'string' },
    fill: { type: 'boolean', default: false },
  },
  strict: true,
})

/** Small counts, to see that it runs: its numbers are not written down. */
export const SHORT = values.short

/** Names after `--only`, with commas between them; null where all are meant. */
export const ONLY: ReadonlySet<string> | null =
  values.only === undefined ? null : new Set(values.only.split(','))

/** Where large databases are kept for another run; null where they are not. */
export const KEPT: string | null = values.kept === undefined ? null : resolve(values.kept)

/** Make what is kept, and measure nothing. */
export const FILL = values.fill

/** A number for a long run and one for a short one. */
export function sized(long: number, short: number): number {
  return SHORT ? short : long
}

/** The executable: `PANGATE_BIN`, else the one that `bun run build` made. */
export function executable(): string {
  const path = resolve(process.env['PANGATE_BIN'] ?? 'dist/pangate')
  if (existsSync(path)) return path
  console.error('There is no executable.\nnext: bun run build')
  process.exit(1)
}
