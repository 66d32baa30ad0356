/** @module What is typed: help for everything, and mistakes that say what to type instead. */
import { describe, expect, test } from 'bun:test'
import { COMMANDS } from '../../src/cli/commands.ts'
import { helpOf } from '../../src/cli/help.ts'
import { parse } from '../../src/cli/parse.ts'
import { OperatorError } from '../../src/errors.ts'
import { folder, pangate } from './support.ts'

const cwd = folder()

/** The mistake in these arguments. */
function mistake(line: string): { message: string; next: string; status: number } {
  try {
    parse(COMMANDS, line === '' ? [] : line.split(' '))
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return { message: error.message, next: error.next, status: error.exitStatus }
  }
  throw new Error(`accepted: ${line}`)
}

describe('help', () => {
  for (const command of COMMANDS) {
    const words = command.path.join(' ')
    test(`of ${words}`, () => {
      for (const typed of [
        `${words} --help`,
        `${words} -h`,
        `help ${words}`,
        `${words} x --help`,
      ]) {
        expect(parse(COMMANDS, typed.split(' '))).toEqual({ kind: 'help', path: command.path })
      }
      const text = helpOf(COMMANDS, command.path)
      expect(text).toContain(`pangate ${words}`)
      for (const name of Object.keys(command.options)) expect(text).toContain(`--${name}`)
      expect(text.split('\n').filter((line) => line.length > 100)).toEqual([])
    })
  }
  test('of the program names every command, and none that is not there', async () => {
    const { status, stdout, stderr } = await pangate(['--help'], { cwd })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    for (const { path } of COMMANDS) expect(stdout).toContain(`  ${path.join(' ')} `)
    expect(stdout).not.toContain('serve-worker')
  })
  test('of a group', async () => {
    const { status, stdout } = await pangate(['tenant', '--help'], { cwd })
    expect(status).toBe(0)
    expect(stdout).toContain('tenant create NAME')
    expect(stdout).not.toContain('key create')
  })
})

describe('mistakes', () => {
  const cases: readonly [string, string, string][] = [
    ['', 'no command was given', 'pangate --help'],
    ['--json tenant', 'the command comes first, before --json', 'pangate --help'],
    ['serv', 'there is no command serv; did you mean serve?', 'pangate serve'],
    ['tenat create x', 'there is no command tenat; did you mean tenant?', 'pangate tenant'],
    ['frobnicate', 'there is no command frobnicate', 'pangate --help'],
    [
      'tenant creat x',
      'there is no command tenant creat; did you mean tenant create?',
      'pangate tenant create',
    ],
    [
      'tenant',
      'tenant is not all of a command: it goes on with create, list',
      'pangate tenant --help',
    ],
    ['dev --prot 1', 'dev has no option --prot; did you mean --port?', 'pangate dev --help'],
    ['dev -x', 'dev has no option -x', 'pangate dev --help'],
    ['dev --port', '--port needs a value: --port=N', 'pangate dev --help'],
    ['dev --port --json', '--port needs a value: --port=N', 'pangate dev --help'],
    ['dev --port 1 --port 2', '--port is given twice', 'pangate dev --help'],
    ['dev --json=yes', '--json takes no value', 'pangate dev --help'],
    ['dev somewhere', 'dev takes no words beside its options', 'pangate dev --help'],
    [
      'tenant create a b',
      'tenant create takes one word beside its options',
      'pangate tenant create --help',
    ],
    [
      'key create',
      'key create needs --tenant T and --scope S',
      'pangate key create --tenant T --scope S.. [--test] [--name N] [--rate R] [--json] [--config FILE]',
    ],
    ['key revoke', 'key revoke needs ID', 'pangate key revoke ID [--tenant T] [--config FILE]'],
  ]
  for (const [line, message, next] of cases) {
    test(`pangate ${line}`, () => expect(mistake(line)).toEqual({ message, next, status: 2 }))
  }

  test('go to standard error, end with what to do next, and give status 2', async () => {
    expect(await pangate(['serv'], { cwd })).toEqual({
      status: 2,
      stdout: '',
      stderr: 'pangate: there is no command serv; did you mean serve?\n  next: pangate serve\n',
    })
    const port = await pangate(['dev', '--port', 'http'], { cwd })
    expect(port.status).toBe(2)
    expect(port.stderr).toBe(
      'pangate: --port must be a whole number from 0 to 65535\n  next: pangate dev --help\n',
    )
    for (const args of [
      ['dev', '--once'],
      ['dev', '--json', '--demo'],
    ]) {
      expect((await pangate(args, { cwd })).status).toBe(2)
    }
  })
  test('without a configuration name the command that makes one', async () => {
    const { status, stderr } = await pangate(['tenant', 'list'], { cwd })
    expect(status).toBe(1)
    expect(stderr).toBe(
      'pangate: there is no pangate.toml here\n  next: pangate init, or name a configuration by --config FILE\n',
    )
  })
})
