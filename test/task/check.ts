/**
 * @module Every check there is, from an empty machine on: `bun run check`. Ends with `N passed, N failed`.
 */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { BINARY, ROOT, build, bun, execute, install, warnAboutVersion } from './project.ts'

/** Nothing found, or what is wrong. */
type Finding = string | null

interface Step {
  /** True when the step is green. */
  readonly sentence: string
  readonly run: () => Promise<Finding>
  /** Nothing else makes sense when this fails. */
  readonly first?: true
}

/** Where this run works: outside the repository, so that the executable finds nothing of it. */
const work = mkdtempSync(join(tmpdir(), 'pangate-check-'))
/** What tests write: searched for canaries at the end. */
const run = join(work, 'run')
const executable = join(work, 'bin/pangate')

const MOST_BYTES = 130e6

const STEPS: readonly Step[] = [
  {
    sentence: 'Everything in the lockfile is installed',
    run: () => succeeds(install()),
    first: true,
  },
  { sentence: 'The executable is built, and under 130 MB', run: builds },
  {
    sentence: 'The executable runs from an empty directory with an empty environment',
    run: starts,
  },
  { sentence: 'Types are sound', run: () => tool('typescript/bin/tsc', '-p', '.') },
  {
    sentence: 'Every file is formatted',
    run: () => tool('prettier/bin/prettier.cjs', '--check', '.'),
  },
  { sentence: 'No code is dead', run: () => tool('knip/bin/knip.js', '--no-config-hints') },
  { sentence: 'Migrations are in sync with the schema', run: migrations },
  {
    sentence: 'Generated pages are in sync with the code',
    run: () => succeeds(execute(bun('docs/generate.ts', '--check'))),
  },
]

const counts = { passed: 0, failed: 0, skipped: 0 }

async function main(): Promise<void> {
  warnAboutVersion()
  mkdirSync(run)
  for (const step of STEPS) {
    const passed = await report(step)
    if (!passed && step.first) return close()
  }
  await tests()
  await report({
    sentence: 'No canary is in a log, a database, an answer or an output',
    run: () => succeeds(execute(bun('test/canary-search.ts', run))),
  })
  close()
}

async function report({ sentence, run }: Step): Promise<boolean> {
  const started = performance.now()
  const finding = await run()
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${finding === null ? 'ok    ' : 'FAILED'} ${sentence} (${seconds} s)`)
  if (finding !== null) console.log(finding.trim().replace(/^/gm, '       '))
  counts[finding === null ? 'passed' : 'failed']++
  return finding === null
}

function close(): void {
  if (counts.failed === 0) rmSync(work, { recursive: true })
  else console.log(`What the tests wrote is in ${run}`)
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''
  console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`)
  process.exitCode = counts.failed === 0 ? 0 : 1
}

async function succeeds(command: ReturnType<typeof execute>): Promise<Finding> {
  const { status, output } = await command
  return status === 0 ? null : output || `exit status ${status}`
}

/** A tool's own file, run by this Bun: their `#!` lines ask for Node, which need not be there. */
function tool(path: string, ...args: readonly string[]): Promise<Finding> {
  return succeeds(execute(bun(join('node_modules', path), ...args)))
}

async function builds(): Promise<Finding> {
  const finding = await succeeds(build())
  if (finding !== null) return finding
  mkdirSync(join(work, 'bin'))
  cpSync(BINARY, executable)
  cpSync(`${BINARY}.cdx.json`, `${executable}.cdx.json`)
  const { size } = statSync(executable)
  return size < MOST_BYTES ? null : `It has ${(size / 1e6).toFixed(1)} MB.`
}

async function starts(): Promise<Finding> {
  const cwd = join(run, 'empty')
  mkdirSync(cwd)
  const finding = await succeeds(execute([executable, 'version'], { cwd, env: {} }))
  const written = readdirSync(cwd)
  return finding ?? (written.length === 0 ? null : `It wrote ${written.join(', ')}.`)
}

/** Generates migrations into a copy of the folder: with nothing to add, no file appears. */
async function migrations(): Promise<Finding> {
  const copy = join(work, 'drizzle')
  cpSync(join(ROOT, 'drizzle'), copy, { recursive: true })
  const before = readdirSync(copy)
  const finding = await tool(
    'drizzle-kit/bin.cjs',
    'generate',
    '--dialect=turso',
    '--schema=src/store/schema.ts',
    // Relative, because drizzle-kit puts `./` in front of it.
    `--out=${relative(ROOT, copy)}`,
  )
  const added = readdirSync(copy).filter((name) => !before.includes(name))
  if (finding !== null || added.length === 0) return finding
  return `bun run migrations\n${added
    .filter((name) => name.endsWith('.sql'))
    .map((name) => readFileSync(join(copy, name), 'utf8'))
    .join('\n')}`
}

/** All of `bun test`, printed as it runs. Its tests count one by one; an end without totals counts as one failure. */
async function tests(): Promise<void> {
  const env = { ...process.env, PANGATE_TEST_RUN: run, PANGATE_BIN: executable, NO_COLOR: '1' }
  const { status, output } = await execute(bun('test'), { env: strings(env), print: true })
  const total = (word: string): number =>
    Number(new RegExp(`^ *(\\d+) ${word}s?$`, 'm').exec(output)?.[1] ?? 0)
  const failed = total('fail') + total('error')
  counts.passed += total('pass')
  counts.skipped += total('skip') + total('todo')
  counts.failed += failed
  if (status !== 0 && failed === 0) {
    counts.failed++
    console.log(`FAILED bun test ended with ${status} before its totals`)
  }
  if (total('pass') === 0) {
    counts.failed++
    console.log('FAILED no test ran')
  }
}

function strings(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

await main()
