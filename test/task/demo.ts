/**
 * @module From nothing to a charged card: `bun run demo` installs, builds, and runs `pangate dev --demo`, which stays up.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { BINARY, ROOT, build, execute, install, warnAboutVersion } from './project.ts'

/** Kept from run to run; not committed. */
const DATA = join(ROOT, 'pangate-data')

async function main(): Promise<void> {
  warnAboutVersion()
  await step('Installing what the lockfile names', install())
  await step('Building dist/pangate', build())
  mkdirSync(DATA, { recursive: true })
  const dev = Bun.spawn([BINARY, 'dev', '--demo', '--data', DATA], {
    cwd: DATA,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => dev.kill(signal))
  process.exitCode = await dev.exited
}

async function step(what: string, work: ReturnType<typeof execute>): Promise<void> {
  console.log(`${what} ...`)
  const { status, output } = await work
  if (status === 0) return
  console.error(output)
  process.exit(1)
}

await main()
