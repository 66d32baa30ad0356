/**
 * @module The executable that could come after this one: built from a copy of the tree with a migration and a column more.
 */
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { freshFolder } from './run.ts'

const ROOT = resolve(import.meta.dir, '../..')
/** What an executable is made of. */
const PARTS = ['src', 'adapters', 'drizzle', 'package.json', 'tsconfig.json', 'bun.lock']

/** The name of its migration, as the journal of the database has it. */
export const NEXT_MIGRATION = '0001_next'

const SQL = `ALTER TABLE \`tokens\` ADD \`next_note\` text DEFAULT 'from before' NOT NULL;--> statement-breakpoint
CREATE INDEX \`tokens_next_note\` ON \`tokens\` (\`next_note\`);--> statement-breakpoint
CREATE TABLE \`next_things\` (\`id\` text PRIMARY KEY NOT NULL);
`

/** What is written otherwise in it. Each text stands there once. */
const EDITS: readonly (readonly [file: string, now: string, then: string])[] = [
  [
    'src/store/migrations.ts',
    "import { OperatorError } from '../errors.ts'",
    `import next from '../../drizzle/${NEXT_MIGRATION}.sql' with { type: 'text' }\nimport { OperatorError } from '../errors.ts'`,
  ],
  [
    'src/store/migrations.ts',
    ', sql: init }]',
    `, sql: init }, { name: '${NEXT_MIGRATION}', sql: next }]`,
  ],
  [
    'src/store/schema.ts',
    "    fingerprint: text().notNull(),\n    metadata: text({ mode: 'json' })",
    "    fingerprint: text().notNull(),\n    next_note: text().notNull().$default(() => 'from the next'),\n    metadata: text({ mode: 'json' })",
  ],
]

/** Builds it and gives its path. Throws where the tree does not read as expected, or does not build. */
export function buildNextVersion(): string {
  const tree = freshFolder('next-version')
  for (const part of PARTS) cpSync(join(ROOT, part), join(tree, part), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'))
  mkdirSync(join(tree, 'dist'))
  writeFileSync(join(tree, `drizzle/${NEXT_MIGRATION}.sql`), SQL)
  for (const [file, now, then] of EDITS) {
    const path = join(tree, file)
    const [before, after, ...more] = readFileSync(path, 'utf8').split(now)
    if (before === undefined || after === undefined || more.length > 0) {
      throw new Error(`${file} does not have this once: ${now}`)
    }
    writeFileSync(path, before + then + after)
  }
  const outfile = join(tree, 'dist/pangate')
  const built = Bun.spawnSync([process.execPath, 'src/compile.ts', `--outfile=${outfile}`], {
    cwd: tree,
    stdout: 'pipe',
    stderr: 'pipe',
  })
  if (!built.success) throw new Error(`It does not build: ${built.stderr.toString()}`)
  return outfile
}
