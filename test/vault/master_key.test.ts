/**
 * @module The master key: where it may come from, and what is said when it is not there or not one.
 */
import { describe, expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { OperatorError } from '../../src/errors.ts'
import { deriveKey, generateMasterKey, parse, readMasterKey } from '../../src/vault/master_key.ts'
import { freshFolder } from '../support/run.ts'

const bytes = randomBytes(32)
const folder = freshFolder('key')

function keyFile(text: string, mode = 0o600): string {
  const file = join(folder, `key-${randomBytes(4).toString('hex')}`)
  writeFileSync(file, text)
  chmodSync(file, mode)
  return file
}
const fromFile = (file: string | null) =>
  readMasterKey({ master_key_file: file, master_key_command: null })
const fromCommand = (...master_key_command: string[]) =>
  readMasterKey({ master_key_file: null, master_key_command })

/** The operator's error that it throws. */
function refusal(run: () => unknown): OperatorError {
  try {
    run()
  } catch (error) {
    if (error instanceof OperatorError) return error
    throw error
  }
  throw new Error('it did not throw')
}

describe('text', () => {
  test.each([
    ['base64', bytes.toString('base64')],
    ['hex', bytes.toString('hex')],
    ['hex in capitals', bytes.toString('hex').toUpperCase()],
    ['a line of a file', `${bytes.toString('base64')}\n`],
    ['a line of Windows', `  ${bytes.toString('hex')}\r\n`],
  ])('in %s is a key', (_, text) => {
    expect(parse(text).key).toEqual(bytes)
  })

  test.each([
    ['nothing', ''],
    ['white space', ' \n'],
    ['16 bytes', randomBytes(16).toString('base64')],
    ['31 bytes', randomBytes(31).toString('base64')],
    ['33 bytes', randomBytes(33).toString('base64')],
    ['hex of 31 bytes', randomBytes(31).toString('hex')],
    ['hex with an x', `x${bytes.toString('hex').slice(1)}`],
    ['two lines', `${generateMasterKey()}\n${generateMasterKey()}`],
    ['base64 with a bad character', bytes.toString('base64').replace(/^./, '!')],
    ['words', 'correct horse battery staple correct horse battery staple'],
  ])('of %s is none, and is not repeated', (_, text) => {
    const error = refusal(() => parse(text))
    expect(error.message).toBe('the master key is not 32 bytes in base64 or hex')
    expect(error.next).toContain('backup')
    if (text.trim() !== '') expect(`${error.message} ${error.next}`).not.toContain(text.trim())
  })
})

test('new keys are keys, and each is another', () => {
  const all = new Set(Array.from({ length: 100 }, generateMasterKey))
  expect(all.size).toBe(100)
  for (const text of all) expect(parse(text).key).toHaveLength(32)
})

test('its name is the same for the same key, and tells nothing of it', () => {
  const { id } = parse(bytes.toString('hex'))
  expect(id).toMatch(/^[\da-f]{16}$/)
  expect(parse(bytes.toString('base64')).id).toBe(id)
  expect(parse(generateMasterKey()).id).not.toBe(id)
  expect(bytes.toString('hex')).not.toContain(id)
})

test('keys derived for two purposes are two keys', () => {
  const master = parse(bytes.toString('hex'))
  const derived = ['sessions', 'other'].map((purpose) => deriveKey(master, purpose).toString('hex'))
  expect(new Set([...derived, bytes.toString('hex')]).size).toBe(3)
  expect(deriveKey(master, 'sessions').toString('hex')).toBe(derived[0] ?? '')
})

describe('a file', () => {
  test('that only its owner can read is read', () => {
    for (const mode of [0o600, 0o400]) {
      expect(fromFile(keyFile(bytes.toString('base64'), mode)).key).toEqual(bytes)
    }
  })
  test.each([0o644, 0o640, 0o604, 0o620, 0o610])('with the mode %o is refused', (mode) => {
    const file = keyFile(bytes.toString('base64'), mode)
    const error = refusal(() => fromFile(file))
    expect(error.message).toContain('can be read by other users')
    expect(error.next).toBe(`run: chmod 600 ${file}`)
  })
  test('that is not there, or is a folder, is said not to be readable', () => {
    for (const file of [join(folder, 'none'), freshFolder('0700')]) {
      const error = refusal(() => fromFile(file))
      expect(error.message).toBe(`the master key file ${file} cannot be read`)
      expect(error.next).toContain('pangate init')
    }
  })
  test('that is not configured is asked for', () => {
    expect(refusal(() => fromFile(null)).next).toContain('pangate init')
  })
})

describe('a command', () => {
  test('prints the key, and wins over a file', () => {
    expect(fromCommand('echo', bytes.toString('hex')).key).toEqual(bytes)
    const both = {
      master_key_file: keyFile('nonsense'),
      master_key_command: ['echo', bytes.toString('hex')],
    }
    expect(readMasterKey(both).key).toEqual(bytes)
  })
  test('that fails is named, with what to do', () => {
    const error = refusal(() => fromCommand('sh', '-c', 'echo secret; exit 3'))
    expect(error.message).toBe('the command that prints the master key failed with status 3')
    expect(error.next).toContain('sh')
    expect(error.message + error.next).not.toContain('secret')
  })
  test('that is not there is an error of the operator too', () => {
    expect(refusal(() => fromCommand('/nowhere/at/all')).message).toBe(
      'the command that prints the master key cannot be run',
    )
  })
  test('that prints something else gives no key, and it is not repeated', () => {
    const error = refusal(() => fromCommand('echo', 'hunter2'))
    expect(error.message).toContain('not 32 bytes')
    expect(error.message + error.next).not.toContain('hunter2')
  })
})
