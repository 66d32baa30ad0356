/**
 * @module Each preset, printed as TypeScript by `adapter eject`, passes `adapter check` in the sandbox with all that was recorded of its PSP.
 */
import { afterAll, describe, expect, test } from 'bun:test'
import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { PRESETS } from '../../src/templates/presets.ts'
import { folder, pangate } from './support.ts'

const FIXTURES = resolve(import.meta.dir, '../fixtures')
const cwd = folder('eject')
afterAll(() => rmSync(cwd, { recursive: true }))

describe.each(Object.keys(PRESETS))('%s', (id) => {
  const name = `my_${id}`
  test('ejected under another name, conforms', async () => {
    const ejected = await pangate(['adapter', 'eject', id], { cwd })
    expect({ ...ejected, stdout: '' }).toEqual({ status: 0, stdout: '', stderr: '' })
    const renamed = ejected.stdout.replace(`id: '${id}'`, `id: '${name}'`)
    expect(renamed).not.toBe(ejected.stdout)
    writeFileSync(join(cwd, `${name}.ts`), renamed)
    cpSync(join(FIXTURES, id), join(cwd, `${name}.fixtures`), { recursive: true })
    const { status, stdout, stderr } = await pangate(['adapter', 'check', `${name}.ts`], { cwd })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/ conforms: \d\d rules, (?:[5-9]|\d\d) recorded answers in /)
  }, 30_000)

  test('its document, too', async () => {
    const { stdout } = await pangate(['adapter', 'eject', id, '--document'], { cwd })
    const document = `doc_${id}`
    writeFileSync(join(cwd, `${document}.yaml`), stdout.replace(`id: ${id}\n`, `id: ${document}\n`))
    cpSync(join(FIXTURES, id), join(cwd, `${document}.fixtures`), { recursive: true })
    const checked = await pangate(['adapter', 'check', `${document}.yaml`], { cwd })
    expect({ status: checked.status, stderr: checked.stderr }).toEqual({ status: 0, stderr: '' })
  }, 30_000)
})

test('under the name of the preset, the check says what to do about that', async () => {
  const { stdout: source } = await pangate(['adapter', 'eject', 'nmi'], { cwd })
  writeFileSync(join(cwd, 'nmi.ts'), source)
  cpSync(join(FIXTURES, 'nmi'), join(cwd, 'nmi.fixtures'), { recursive: true })
  const { status, stdout } = await pangate(['adapter', 'check', 'nmi.ts'], { cwd })
  expect(status).toBe(1)
  expect(stdout).toContain('nmi is built in')
  expect(stdout).toContain('[adapters] replace')
  expect(stdout).toContain('1 finding.')
}, 30_000)
