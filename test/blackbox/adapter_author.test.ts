/**
 * @module The executable for who writes an adapter: an empty folder, an empty environment, no tool and no network.
 */
import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MISTAKES } from '../conformance/mistakes.ts'
import { run, stopAll } from '../support/binary.ts'

setDefaultTimeout(60_000)

afterAll(stopAll)

test('new, check, pin and list, from the executable alone', async () => {
  const made = await run(['adapter', 'new', 'acme'])
  expect({ status: made.status, stderr: made.stderr }).toEqual({ status: 0, stderr: '' })
  const { dir } = made
  expect(readFileSync(join(dir, 'pangate.d.ts'), 'utf8')).toContain('export interface Adapter<')
  const fresh = await run(['adapter', 'check', 'acme.ts'], { dir })
  expect(fresh.stdout).toContain('acme.ts conforms')
  expect(fresh.status).toBe(0)

  const file = join(dir, 'acme.ts')
  const text = readFileSync(file, 'utf8')
  writeFileSync(
    file,
    text.replace('headers: { authorization', "headers: { 'x-pan': card('number'), authorization"),
  )
  const broken = await run(['adapter', 'check', 'acme.ts', '--json'], { dir })
  expect(broken.status).toBe(1)
  expect(JSON.parse(broken.stdout)).toMatchObject({
    conforms: false,
    findings: [
      { rule: 'card_places', where: 'purchase' },
      { rule: 'card_places', where: 'refund' },
    ],
  })

  const pin = await run(['adapter', 'pin', 'acme.ts'], { dir })
  expect(pin.stdout).toMatch(/^\[adapters\.pins\]\nacme = "[0-9a-f]{64}"\n$/)
  const list = await run(['adapter', 'list', '--adapters', '.'], { dir })
  expect(list.stdout).toMatch(/^acme +Acme +external +purchase refund +api\.acme\.example/m)
})

test('each mistake in the skeleton is told by its rule, in words with what to do', async () => {
  const { dir } = await run(['adapter', 'new', 'changed'])
  const file = join(dir, 'changed.ts')
  const good = readFileSync(file, 'utf8')
  for (const [from, to, rule, says] of MISTAKES) {
    writeFileSync(file, good.replace(from, to))
    const { status, stdout, stderr } = await run(['adapter', 'check', 'changed.ts'], { dir })
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' })
    expect(stdout).toContain(`  [${rule}]\n  do: `)
    expect(stdout).toMatch(says)
    expect(stdout).toMatch(/changed\.ts does not conform: \d+ findings?\.\n$/)
  }
})

test('types are stripped, wrong ones too; TypeScript that is more than types is made JavaScript', async () => {
  const { dir } = await run(['adapter', 'new', 'typed'])
  const file = join(dir, 'typed.ts')
  const top = `const wrong: number = 'text' satisfies string
enum Kind { A, B }
namespace Names { export const one = Kind.B }
abstract class Base<T> { constructor(private readonly of: T) {} abstract name(): string }
declare const nowhere: string
type Part<X> = { [K in keyof X]?: X[K] }
void [wrong, Names, Base]
`
  writeFileSync(file, top + readFileSync(file, 'utf8'))
  const checked = await run(['adapter', 'check', 'typed.ts'], { dir })
  expect(checked.stdout).toMatch(/^typed\.ts conforms: /)
  expect(checked.status).toBe(0)
})
