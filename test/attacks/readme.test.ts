/**
 * @module The table of attacks says what the tests show: each row's id is in the name of a test of each file that it names.
 */
import { expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const read = (name: string): string => readFileSync(join(import.meta.dir, name), 'utf8')
const files = readdirSync(import.meta.dir).filter((name) => /^[a-z]+_\w+\.test\.ts$/.test(name))

/** Rows as id, tests and result. */
const rows = read('README.md')
  .split('\n')
  .flatMap((line) => {
    const [, id = '', , tests = '', result = ''] = line.split('|').map((cell) => cell.trim())
    return /^[SHTU]\d\d$/.test(id) ? [{ id, tests: tests.match(/[a-z]+_\w+/g) ?? [], result }] : []
  })

/** Ids at the start of the names of a file's tests. */
const idsOf = (file: string): readonly string[] =>
  [...read(file).matchAll(/['"`]((?:[SHTU]\d\d )+)/g)].flatMap(([, ids = '']) =>
    ids.trim().split(' '),
  )

test('every id has a row, in order', () => {
  const upTo = (letter: string, last: number): readonly string[] =>
    Array.from({ length: last }, (_, at) => `${letter}${String(at + 1).padStart(2, '0')}`)
  const all = [...upTo('S', 18), ...upTo('H', 15), ...upTo('T', 12), ...upTo('U', 14)]
  expect(rows.map(({ id }) => id)).toEqual(all)
})

test('every row has tests of its name, or says why not yet', () => {
  for (const { id, tests, result } of rows) {
    expect(result, id).toMatch(/^(?:holds|mended|in part|not yet)/)
    if (tests.length === 0) expect(result, id).toStartWith('not yet')
    for (const file of tests) expect(idsOf(`${file}.test.ts`), `${id} in ${file}`).toContain(id)
  }
})

test('every test is in its row', () => {
  for (const file of files) {
    for (const id of idsOf(file)) {
      const row = rows.find((one) => one.id === id)
      expect(row?.tests, `${id} in ${file}`).toContain(file.replace('.test.ts', ''))
    }
  }
})
