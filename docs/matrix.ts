/**
 * @module The table of attacks and faults, from test/attacks/README.md and what a run of those tests counted: `bun docs/matrix.ts [FILE ..]`
 * runs them, all or those given, and writes the counts down.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const FOLDER = resolve(import.meta.dir, '../test/attacks')
const COUNTS = join(FOLDER, 'counts.json')

/** How many tests of an id there are in a file, and what they compared. */
interface Count {
  readonly tests: number
  readonly checks: number
}
/** By file, then by id. */
type Counts = Readonly<Record<string, Readonly<Record<string, Count>>>>

interface Row {
  readonly id: string
  readonly attack: string
  readonly files: readonly string[]
  readonly result: string
}

/** The rows of the table by hand, by the heading above them. */
function rows(): ReadonlyMap<string, readonly Row[]> {
  const found = new Map<string, Row[]>()
  let heading = ''
  for (const line of readFileSync(join(FOLDER, 'README.md'), 'utf8').split('\n')) {
    if (line.startsWith('## ')) heading = line.slice(3)
    const [, id = '', attack = '', files = '', result = ''] = line
      .split('|')
      .map((one) => one.trim())
    if (!/^[A-Z]\d\d$/.test(id)) continue
    const names = [...files.matchAll(/[a-z]+_\w+/g)].map(([name]) => name)
    found.set(heading, [...(found.get(heading) ?? []), { id, attack, files: names, result }])
  }
  return found
}

/** The table for docs/security.md: a row an attack or fault. */
export function matrix(): string {
  const counts = readCounts()
  return [...rows()]
    .map(([heading, list]) => {
      const lines = list.map(({ id, attack, files, result }) => {
        const own = files.map((file) => counts[`${file}.test.ts`]?.[id])
        const tests = own.reduce((sum, one) => sum + (one?.tests ?? 0), 0)
        const checks = own.reduce((sum, one) => sum + (one?.checks ?? 0), 0)
        const where = files.map((file) => `\`${file}\``).join(', ')
        return `| ${id} | ${attack} | ${where} | ${tests} / ${checks} | ${result} |`
      })
      return [
        `### ${heading}`,
        '',
        '| Id | Attack or fault | Test | Tests / checks | Result |',
        '| --- | --- | --- | --- | --- |',
        ...lines,
      ].join('\n')
    })
    .join('\n\n')
}

function readCounts(): Counts {
  // Written by main() below.
  return JSON.parse(readFileSync(COUNTS, 'utf8')) as Counts
}

/** What a JUnit report of Bun's says of tests whose names begin with ids. Those that were skipped count for nothing. */
function countsOf(report: string): Readonly<Record<string, Count>> {
  const counts: Record<string, Count> = {}
  for (const [, attributes = ''] of report.matchAll(/<testcase ([^>]*)>(?!\s*<skipped)/g)) {
    const value = (name: string): string =>
      new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? ''
    const [, ids = ''] = /^((?:[A-Z]\d\d )+)/.exec(value('name')) ?? []
    for (const id of ids.trim().split(' ').filter(Boolean)) {
      const { tests = 0, checks = 0 } = counts[id] ?? {}
      counts[id] = { tests: tests + 1, checks: checks + Number(value('assertions')) }
    }
  }
  return Object.fromEntries(Object.entries(counts).toSorted(([a], [b]) => a.localeCompare(b)))
}

/** Runs a file's tests; null where one failed. */
function countsIn(file: string): Readonly<Record<string, Count>> | null {
  const folder = mkdtempSync(join(tmpdir(), 'pangate-matrix-'))
  const report = join(folder, 'report.xml')
  const run = Bun.spawnSync({
    cmd: [
      process.execPath,
      'test',
      join(FOLDER, file),
      '--reporter=junit',
      `--reporter-outfile=${report}`,
    ],
    env: { ...process.env, PANGATE_TEST_RUN: join(folder, 'run') },
    stdout: 'ignore',
    stderr: 'ignore',
  })
  // Tests in a network of their own are run, and compare, in there: test/support/namespace.ts.
  const [inside] = new Bun.Glob('run/namespace-*/report.xml').scanSync({ cwd: folder })
  const counts = run.success
    ? countsOf(readFileSync(inside === undefined ? report : join(folder, inside), 'utf8'))
    : null
  rmSync(folder, { recursive: true })
  return counts
}

function main(given: readonly string[]): void {
  const all = readdirSync(FOLDER).filter((name) => /^[a-z]+_\w+\.test\.ts$/.test(name))
  const counts: Record<string, Readonly<Record<string, Count>>> = {}
  for (const [file, known] of Object.entries(readCounts())) {
    if (all.includes(file)) counts[file] = known
  }
  for (const file of given.length > 0 ? given : all) {
    const own = countsIn(file)
    console.log(`${file}: ${own ? 'passed' : 'FAILED'}`)
    if (own) counts[file] = own
    else process.exitCode = 1
  }
  const sorted = Object.fromEntries(
    Object.entries(counts).toSorted(([a], [b]) => a.localeCompare(b)),
  )
  writeFileSync(COUNTS, `${JSON.stringify(sorted, null, 2)}\n`)
}

if (import.meta.main) main(process.argv.slice(2))
