/**
 * @module `pangate adapter` on the executable, given what is no adapter: each answer is in plain words, and ends with a command.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run, stopAll } from '../support/binary.ts'
import { freshFolder } from '../support/run.ts'

setDefaultTimeout(60_000)

const dir = freshFolder('bad-adapters')
const GOOD = 'good.ts'

beforeAll(async () => {
  const made = await run(['adapter', 'new', 'good'], { dir })
  expect(made.status).toBe(0)
  const write = (name: string, content: string | Uint8Array) =>
    writeFileSync(join(dir, name), content)
  for (const name of ['folder', 'folder.ts', 'full']) mkdirSync(join(dir, name))
  writeFileSync(join(dir, 'full/one.ts'), readFileSync(join(dir, GOOD)))
  write('binary.ts', Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0xff, 0xfe, 0x00))
  write('binary.yaml', Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0xff, 0xfe, 0x00))
  write('latin.ts', Buffer.from('// gut\n// s\u00fc\u00df\n', 'latin1'))
  write('empty.ts', '')
  write('empty.yaml', '')
  write('syntax.ts', 'const a = 1\nexport default {{{\n')
  write('syntax.yaml', 'host: [1\n')
  write('syntax.json', '{\n  "host": }\n')
  write('syntax.toml', 'host = \n')
  write('wrong.txt', 'text')
  write('huge.ts', ' '.repeat(1024 * 1024 + 1))
  write('Capital.ts', readFileSync(join(dir, GOOD), 'utf8').replace("id: 'good'", "id: 'Capital'"))
  symlinkSync('loop.ts', join(dir, 'loop.ts'))
  symlinkSync('nowhere.ts', join(dir, 'dangling.ts'))
  const pipe = Bun.spawnSync(['mkfifo', join(dir, 'pipe.ts')])
  expect(pipe.exitCode).toBe(0)
  write('quo ted.ts', 'export default 1\n')
})
afterAll(async () => {
  await stopAll()
  // Whoever searches the run's files would wait for them.
  for (const name of ['pipe.ts', 'loop.ts', 'dangling.ts']) rmSync(join(dir, name))
})

/** No stack, no code of the system, no character that steers the terminal; the last line is a command. */
function plainly({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): void {
  const said = stdout + stderr
  expect(said).not.toMatch(/\b(?:E[A-Z]{4,}|undefined|\[object)\b|\n\s+at /)
  expect(said).not.toMatch(/[^\P{C}\n]/u)
  if (stderr !== '') {
    expect(stderr).toMatch(
      /^pangate: [\s\S]+\n {2}next: (?:pangate adapter (?:new|check|pin|eject) |ls |mv |rm |chmod )\S.*\n$/,
    )
  } else {
    expect(stdout).toMatch(/^\S.*: .+ {2}\[loads\]\n {2}do: \S/m)
  }
}

/** Runs `pangate adapter` with what it refuses: nothing on standard output, these words on the other, and what to type next. */
async function refused(
  args: readonly string[],
  status: number,
  message: string,
  next: string,
): Promise<void> {
  const said = await run(['adapter', ...args], { dir })
  expect({ status: said.status, stdout: said.stdout }).toEqual({ status, stdout: '' })
  expect(said.stderr).toContain(`pangate: ${message}`)
  expect(said.stderr).toContain(next)
  plainly(said)
}

/** The words of standard error: what is wrong, what to type. */
type Told = readonly [args: string, status: number, message: string, next: string]

const TOLD: readonly Told[] = [
  ['missing.ts', 1, 'missing.ts is not there', 'adapter new missing'],
  ['goood.ts', 1, 'goood.ts is not there', 'adapter COMMAND good.ts'],
  ['none/mine.ts', 1, 'none/mine.ts is not there', 'adapter new mine --dir none'],
  ['Missing.ts', 1, 'Missing.ts is not there', 'ls .'],
  ['good.ts/x.ts', 1, 'good.ts/x.ts is not there: a part of its path is no folder', ''],
  ['folder', 2, 'folder is a folder without an adapter in it', 'adapter new acme --dir folder'],
  [
    'folder.ts',
    2,
    'folder.ts is a folder without an adapter in it',
    'adapter new acme --dir folder.ts',
  ],
  ['full', 2, 'full is a folder', 'adapter COMMAND full/one.ts'],
  ['binary.ts', 1, 'binary.ts is not text in UTF-8', 'ls -l binary.ts'],
  ['binary.yaml', 1, 'binary.yaml is not text in UTF-8', 'ls -l binary.yaml'],
  ['latin.ts', 1, 'latin.ts is not text in UTF-8', 'ls -l latin.ts'],
  ['huge.ts', 1, 'huge.ts is larger than 1048576 bytes', 'ls -l huge.ts'],
  ['loop.ts', 1, 'loop.ts cannot be read: it is a link that leads to itself', 'ls -l loop.ts'],
  ['dangling.ts', 1, 'dangling.ts is not there', 'ls -l dangling.ts'],
  ['pipe.ts', 1, 'pipe.ts is no ordinary file', 'ls -l pipe.ts'],
  ['wrong.txt', 2, 'wrong.txt is no adapter by its name: those end in', 'adapter COMMAND --help'],
  ['pangate.d.ts', 2, 'pangate.d.ts is no adapter by its name', 'adapter COMMAND --help'],
  ['', 2, 'adapter COMMAND needs FILE', 'adapter COMMAND FILE'],
  ['x\u001b[31m.ts', 1, "'x?[31m.ts' is not there", 'ls .'],
]

for (const command of ['check', 'pin']) {
  describe(`adapter ${command}`, () => {
    for (const [argument, status, message, next] of TOLD) {
      test(`of ${JSON.stringify(argument)}`, () => {
        const [told, typed] = [message, next].map((one) => one.replace('COMMAND', command))
        return refused([command, argument], status, told ?? '', typed ?? '')
      })
    }
  })
}

describe('adapter check tells as findings, in words and in JSON', () => {
  for (const [file, where, message] of [
    ['empty.ts', 'empty.ts line 1', /has no function as default export/],
    ['empty.yaml', 'empty.yaml line 1', /is not a table/],
    ['syntax.ts', 'syntax.ts line 2', /Expected identifier but found "\{"/],
    ['syntax.yaml', 'syntax.yaml line 2', /must be sufficiently indented and end with a \]/],
    ['syntax.json', 'syntax.json line 2', /JSON/],
    ['syntax.toml', 'syntax.toml line 1', /TOML/],
    ['Capital.ts', 'Capital.ts', /a server loads no file of this name/],
    ['quo ted.ts', 'quo ted.ts', /a server loads no file of this name/],
  ] as const) {
    test(file, async () => {
      const said = await run(['adapter', 'check', file], { dir })
      expect(said.status).toBe(1)
      plainly(said)
      const { stdout, status } = await run(['adapter', 'check', file, '--json'], { dir })
      expect(status).toBe(1)
      const { conforms, findings } = JSON.parse(stdout)
      expect(conforms).toBe(false)
      expect(findings).toContainEqual({
        rule: 'loads',
        where,
        message: expect.stringMatching(message),
        fix: expect.stringMatching(/\w/),
      })
    })
  }

  test('recorded answers that are none', async () => {
    const fixtures = join(dir, 'good.fixtures')
    const said = async () => run(['adapter', 'check', GOOD], { dir })
    expect((await said()).stdout).toContain('good.ts conforms')
    writeFileSync(join(fixtures, 'purchase.odd.json'), '{')
    const odd = await said()
    expect(odd.status).toBe(1)
    expect(odd.stdout).toMatch(/^purchase\.odd\.json: .*JSON/m)
    writeFileSync(join(fixtures, 'purchase.odd.json'), Uint8Array.of(0xff))
    const binary = await said()
    expect(binary.stderr).toContain('good.fixtures/purchase.odd.json is not text in UTF-8')
    plainly(binary)
  })

  test('a folder of recorded answers that is none', async () => {
    writeFileSync(join(dir, 'alone.ts'), readFileSync(join(dir, GOOD)))
    writeFileSync(join(dir, 'alone.fixtures'), '')
    const said = await run(['adapter', 'check', 'alone.ts'], { dir })
    expect(said.stderr).toContain('alone.fixtures is no folder that this user can read')
    plainly(said)
  })
})

test('adapter pin gives no pin to what no server would load', async () => {
  for (const file of ['Capital.ts', 'quo ted.ts']) {
    await refused(['pin', file], 2, '', 'next: ')
  }
})

test('adapter new takes no name that is none, and writes over nothing', async () => {
  const names = ['Acme', 'a/b', '../x', '1acme', 'acme.ts', ' ', 'a'.repeat(41), '__proto__']
  for (const name of names) {
    await refused(['new', name], 2, '', 'is no name: use at most 40 lower-case letters')
  }
  for (const [args, status, message, next] of [
    [['good'], 1, 'good.ts is there already, and is left as it is', 'adapter new good_2'],
    [['stripe'], 2, 'stripe is built in', 'adapter new my_stripe'],
    [['one', '--dir', 'full'], 1, 'full/one.ts is there already', 'adapter new one_2 --dir full'],
    [
      ['two', '--dir', GOOD],
      1,
      'good.ts cannot be written to: there is a file of',
      'adapter new two',
    ],
    [['two', '--dir', 'good.ts/x'], 1, 'good.ts/x cannot be written to: a part of its path is', ''],
    [['two', '--dir', '/proc'], 1, '/proc cannot be written to: ', 'adapter new two --dir DIR'],
    [[''], 2, 'adapter new needs NAME', 'adapter new NAME'],
  ] as const) {
    await refused(['new', ...args], status, message, `next: pangate ${next}`)
  }
})

test('adapter eject of what is no template', async () => {
  for (const [argument, status, message, next] of [
    ['stripe', 2, 'stripe is code, and no template', 'adapter eject checkout'],
    ['dlocl', 2, 'dlocl is no template', 'adapter eject dlocal'],
    ['Dlocal', 2, 'Dlocal is no template', 'adapter eject dlocal'],
    [GOOD, 2, 'good.ts is TypeScript already', 'adapter check good.ts'],
    ['missing.yaml', 1, 'missing.yaml is not there', 'ls .'],
    ['syntax.yaml', 1, 'syntax.yaml:2: ', 'adapter check syntax.yaml'],
    ['binary.yaml', 1, 'binary.yaml is not text in UTF-8', 'ls -l binary.yaml'],
    ['full/', 2, 'full/ is a folder', 'adapter eject full/one.ts'],
    ['', 2, 'adapter eject needs NAME', 'adapter eject NAME'],
  ] as const) {
    await refused(['eject', argument], status, message, next)
  }
})

test('adapter list says of each file why it is not loaded, and lists the rest', async () => {
  chmodSync(join(dir, 'full/one.ts'), 0o666)
  const { status, stdout, stderr } = await run(['adapter', 'list', '--adapters', '.'], { dir })
  expect(status).toBe(0)
  expect(stdout).toMatch(/^good +Acme|^good +Good/m)
  for (const [file, reason, next] of [
    ['binary.ts', 'has the same name as binary.yaml', 'mv '],
    ['huge.ts', 'is larger than 1048576 bytes', 'pangate adapter check '],
    ['pipe.ts', 'is no ordinary file', 'pangate adapter check '],
    ['latin.ts', 'is not text in UTF-8', 'pangate adapter check '],
    ['dangling.ts', 'is not there', 'pangate adapter check '],
  ] as const) {
    const line = file === 'latin.ts' ? 2 : 1
    expect(stderr).toMatch(
      new RegExp(`^\\S*/${RegExp.escape(file)} line ${line}: ${reason}\\n {2}next: ${next}`, 'm'),
    )
  }
  const open = await run(['adapter', 'list', '--adapters', 'full'], { dir })
  expect(open.stderr).toMatch(
    /can be changed by everybody.*\n {2}next: chmod o-w \S*\/full\/one\.ts/,
  )
  for (const folder of ['missing', GOOD]) {
    const said = await run(['adapter', 'list', '--adapters', folder], { dir })
    expect(said.status).toBe(1)
    expect(said.stderr).toMatch(
      /^pangate: the folder of adapters \S+, .*cannot be read\n {2}next: ls -ld '/,
    )
  }
})
