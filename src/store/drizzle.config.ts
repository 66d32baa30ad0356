/**
 * @module Tells drizzle-kit where the tables are and where migrations go: `bun run migrations`.
 */
import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'turso',
  schema: './src/store/schema.ts',
  out: './drizzle',
})
