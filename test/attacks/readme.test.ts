/**
 * @module The table of attacks says what the tests show: each row's id is in the name of a test of each file that it names.
 */
import { expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const read = (name: string): string => readFileSync(join(import.meta.dir, name), 'utf8')
const files = readdirSync(import.meta.dir).filter((name) => /^[a-z]+_\w+\.test\.ts$/.test(name))

/** How many ids each letter has. */
const LAST = { S: 18, H: 15, T: 14, L: 12, K: 9, U: 14, D: 11, R: 5, P: 14 } as const
/** Rows as id, tests and result. */
const rows = read('README.md')
  .split('\n')
  .flatMap((line) => {
    const [, id = '', , tests = '', result = ''] = line.split('|').map((cell) => cell.trim())
    return /^[A-Z]\d\d$/.test(id) ? [{ id, tests: tests.match(/[a-z]+_\w+/g) ?? [], result }] : []
  })

/** Ids at the start of the names of a file's tests. */
const idsOf = (file: string): readonly string[] =>
  [...read(file).matchAll(/['"`]((?:[A-Z]\d\d )+)/g)].flatMap(([, ids = '']) =>
    ids.trim().split(' '),
  )

test('every id has a row, in order', () => {
  for (const [letter, last] of Object.entries(LAST)) {
    const all = Array.from(
      { length: last },
      (_, at) => `${letter}${String(at + 1).padStart(2, '0')}`,
    )
    expect(rows.map(({ id }) => id).filter((id) => id.startsWith(letter))).toEqual(all)
  }
})

test('every row has tests of its name', () => {
  for (const { id, tests, result } of rows) {
    expect(result, id).toMatch(/^(?:holds|mended|in part)/)
    expect(tests.length, id).toBeGreaterThan(0)
    for (const file of tests) expect(idsOf(`${file}.test.ts`), `${id} in ${file}`).toContain(id)
  }
})

test('every test was counted, or was written since: `bun docs/matrix.ts FILE` counts it', () => {
  // Written by docs/matrix.ts: tests and checks by id, by file.
  const counts = JSON.parse(read('counts.json')) as Record<string, Record<string, object>>
  for (const [file, counted] of Object.entries(counts)) {
    expect(files, `${file} was counted and is not there`).toContain(file)
    const told = `${file} has other ids than when it was counted`
    expect(Object.keys(counted).toSorted(), told).toEqual([...new Set(idsOf(file))].toSorted())
  }
  const uncounted = files.filter((file) => !Object.hasOwn(counts, file))
  if (uncounted.length > 0) console.log(`not counted yet by docs/matrix.ts: ${uncounted.join(' ')}`)
})

test('every test is in its row', () => {
  for (const file of files) {
    for (const id of idsOf(file)) {
      const row = rows.find((one) => one.id === id)
      expect(row?.tests, `${id} in ${file}`).toContain(file.replace('.test.ts', ''))
    }
  }
})
