/** @module Commands for those who write adapters: new, check, pin, list. */
import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Finding } from '../../src/conformance/finding.ts'
import { MISTAKES } from '../conformance/mistakes.ts'
import { folder, json, pangate } from './support.ts'

/** Each test starts a program or more, on a machine that may have others to run. */
setDefaultTimeout(60_000)

const TSC = resolve(import.meta.dir, '../../node_modules/typescript/bin/tsc')
const cwd = folder('adapter')
afterAll(() => rmSync(cwd, { recursive: true }))

interface Checked {
  readonly conforms: boolean
  readonly findings: readonly Finding[]
}

test('a new adapter conforms as it is, whatever its name', async () => {
  for (const name of ['acme', 'acme_pay', 'my-psp']) {
    const { files } = await json<{ files: readonly string[] }>(['adapter', 'new', name], { cwd })
    expect(files).toContain(`${name}.ts`)
    expect(files).toContain('pangate.d.ts')
    expect(files.filter((path) => path.startsWith(`${name}.fixtures/`)).length).toBeGreaterThan(4)
    const { status, stdout, stderr } = await pangate(['adapter', 'check', `${name}.ts`], { cwd })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/^\S+ conforms: \d\d rules, 5 recorded answers/)
  }
})

test("a new adapter passes the compiler, with nothing but the types file, in the strictest of editors' settings", async () => {
  await pangate(['adapter', 'new', 'typed', '--dir', 'deep/er'], { cwd })
  for (const more of [
    ['--module', 'nodenext', '--target', 'esnext'],
    ['--module', 'preserve', '--moduleResolution', 'bundler'],
  ]) {
    const strict = ['--noEmit', '--strict', '--noUncheckedIndexedAccess', '--ignoreConfig']
    const child = Bun.spawnSync([process.execPath, TSC, ...strict, ...more, 'typed.ts'], {
      cwd: join(cwd, 'deep/er'),
    })
    expect(child.stdout.toString()).toBe('')
    expect(child.exitCode).toBe(0)
  }
})

test('a misspelt credential or need is an error in the editor', async () => {
  const dir = join(cwd, 'deep/er')
  const text = readFileSync(join(dir, 'typed.ts'), 'utf8')
  writeFileSync(
    join(dir, 'wrong.ts'),
    text.replace("credential('api_key')", "credential('apikey')"),
  )
  const child = Bun.spawnSync(
    [process.execPath, TSC, '--noEmit', '--strict', '--ignoreConfig', 'wrong.ts'],
    { cwd: dir },
  )
  expect(child.stdout.toString()).toContain('apikey')
  expect(child.exitCode).not.toBe(0)
})

test('new overwrites nothing, and takes no name that is taken or none', async () => {
  const before = readFileSync(join(cwd, 'acme.ts'), 'utf8')
  for (const [name, says] of [
    ['acme', /acme\.ts is there already/],
    ['stripe', /stripe is built in/],
    ['Acme', /Acme is no name/],
    ['../x', /is no name/],
  ] as const) {
    const { status, stderr } = await pangate(['adapter', 'new', name], { cwd })
    expect(status).toBeGreaterThan(0)
    expect(stderr).toMatch(says)
    expect(stderr).toContain('next: ')
  }
  expect(readFileSync(join(cwd, 'acme.ts'), 'utf8')).toBe(before)
})

describe('check', () => {
  const good = readSkeleton()

  /** What is found in the skeleton with one thing changed. */
  async function found(from: string, to: string): Promise<readonly Finding[]> {
    expect(await good).toContain(from)
    writeFileSync(join(cwd, 'changed.ts'), (await good).replace(from, to))
    const { status, stdout } = await pangate(['adapter', 'check', 'changed.ts', '--json'], { cwd })
    // What the command prints with --json.
    const { conforms, findings } = JSON.parse(stdout) as Checked
    expect({ status, conforms }).toEqual({ status: 1, conforms: false })
    return findings
  }

  for (const [from, to, rule, says] of MISTAKES) {
    test(`${rule}: ${to.split('\n')[0]}`, async () => {
      const findings = await found(from, to)
      const told = findings.filter((one) => one.rule === rule)
      const text = told.map(({ where, message, fix }) => `${where} ${message} ${fix}`).join('\n')
      expect(findings.map((one) => one.rule)).toContain(rule)
      expect(text).toMatch(says)
    })
  }

  test('what does not load is told with its line', async () => {
    const [first] = await found(
      "needs: ['reference', 'amount'],",
      "needs: ['referense', 'amount'],",
    )
    expect(first?.rule).toBe('loads')
    const line =
      (await good).split('\n').findIndex((text) => text.includes("needs: ['reference'")) + 1
    expect(first?.where).toBe(`changed.ts line ${line}`)
  })

  test('code that sees a card may say why it fails, as the card is made up', async () => {
    const findings = await found(
      'private_in_answer: [],',
      "private_in_answer: [], sign: () => { throw new Error('no key for it') },",
    )
    expect(findings.map(({ message }) => message).join('\n')).toContain('no key for it')
  })

  test('in words, with what to do, and status 1', async () => {
    await found('intent.amount?.minor', 'intent.amount.minor / 100')
    const { status, stdout } = await pangate(['adapter', 'check', 'changed.ts'], { cwd })
    expect(status).toBe(1)
    expect(stdout).toMatch(/^purchase: .*JPY are sent as another amount {2}\[amounts\]\n {2}do: /m)
    expect(stdout).toMatch(/changed\.ts does not conform: \d findings?\.\n$/)
  })

  test('a file with the name of a built-in adapter is told that it would not be loaded', async () => {
    writeFileSync(join(cwd, 'stripe.ts'), (await good).replace("id: 'changed'", "id: 'stripe'"))
    const { stdout } = await pangate(['adapter', 'check', 'stripe.ts'], { cwd })
    expect(stdout).toContain('stripe is built in  [loads]')
  })

  test('of what is no adapter by its name, or is not there, is a usage error or a failure', async () => {
    expect((await pangate(['adapter', 'check', 'pangate.d.ts'], { cwd })).status).toBe(2)
    expect((await pangate(['adapter', 'check', 'acme.txt'], { cwd })).status).toBe(2)
    const none = await pangate(['adapter', 'check', 'none.ts'], { cwd })
    expect(none.status).toBe(1)
    expect(none.stderr).toContain('none.ts is not there\n  next: pangate adapter new none\n')
  })

  async function readSkeleton(): Promise<string> {
    const made = await pangate(['adapter', 'new', 'changed'], { cwd })
    expect(made.status).toBe(0)
    return readFileSync(join(cwd, 'changed.ts'), 'utf8')
  }
})

test('pin prints what the configuration takes', async () => {
  const { stdout } = await pangate(['adapter', 'pin', 'acme.ts'], { cwd })
  const sum = createHash('sha256')
    .update(readFileSync(join(cwd, 'acme.ts')))
    .digest('hex')
  expect(stdout).toBe(`[adapters.pins]\nacme = "${sum}"\n`)
  expect(Bun.TOML.parse(stdout)).toEqual({ adapters: { pins: { acme: sum } } })
})

test('list shows where each comes from, and whether it is pinned', async () => {
  const dir = join(cwd, 'own')
  mkdirSync(dir)
  await pangate(['adapter', 'new', 'one', '--dir', dir], { cwd })
  await pangate(['adapter', 'new', 'two', '--dir', dir], { cwd })
  writeFileSync(join(dir, 'bad.ts'), 'export default 1')
  interface Row {
    readonly id: string
    readonly origin: string
    readonly sha256: string | null
    readonly pinned: boolean
  }
  const listed = await pangate(['adapter', 'list', '--adapters', dir, '--json'], { cwd })
  // What the command prints with --json.
  const rows = JSON.parse(listed.stdout) as readonly Row[]
  expect(rows.find(({ id }) => id === 'stripe')).toMatchObject({ origin: 'built-in', sha256: null })
  const [one] = rows.filter(({ id }) => id === 'one')
  expect(one).toMatchObject({ origin: 'external', pinned: false })
  expect(listed.stderr).toContain('bad.ts')
  const { stdout: pin } = await pangate(['adapter', 'pin', join(dir, 'one.ts')], { cwd })
  const config = join(cwd, 'own.toml')
  const key = join(cwd, 'master.key')
  writeFileSync(
    config,
    `[vault]\nmaster_key_file = ${JSON.stringify(key)}\n[adapters]\ndir = ${JSON.stringify(dir)}\n${pin}`,
  )
  const pinned = await pangate(['adapter', 'list', '--config', config, '--json'], { cwd })
  // What the command prints with --json.
  const after = JSON.parse(pinned.stdout) as readonly Row[]
  expect(after.filter(({ origin }) => origin === 'external')).toMatchObject([
    { id: 'one', pinned: true, sha256: one?.sha256 },
  ])
  expect(pinned.stderr).toContain('two.ts')
  expect(readdirSync(dir)).toContain('pangate.d.ts')
})
