/** @module A program that says what it finds around it; test/compile.test.ts makes an executable of it. */
import { createClient } from '@libsql/client'

const { rows } = await createClient({ url: ':memory:' }).execute('select 1 + 1 as two')
console.log(
  JSON.stringify({
    two: rows[0]?.['two'],
    mode: process.env.NODE_ENV,
    dotenv: process.env['FROM_DOTENV'] ?? null,
    preloaded: 'preloaded' in globalThis,
    args: process.argv.slice(2),
  }),
)
