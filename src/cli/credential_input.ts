/**
 * @module Credentials at a PSP as they are given to a command: secret ones from anywhere but the command line.
 */
import { readFileSync } from 'node:fs'
import type { Adapter } from '../adapter.ts'
import { OperatorError } from '../errors.ts'
import type { Input } from './command.ts'
import type { Terminal } from './terminal.ts'

/** Every `--credential`, by name. Throws OperatorError, whose words repeat no value. */
export async function readCredentials(
  input: Input,
  terminal: Terminal,
  adapter: Adapter,
): Promise<Readonly<Record<string, string>>> {
  const wanted = adapter.credentials
  const found: Record<string, string> = {}
  const given = input.list('credential')
  if (given.filter((text) => text.endsWith('=-')).length > 1) {
    throw input.refuse('standard input holds one credential, not several')
  }
  for (const text of given) {
    const at = text.indexOf('=')
    const name = at < 0 ? text : text.slice(0, at)
    // A secret alone, without its name, must not be repeated: so an unknown name is not told.
    const credential = Object.hasOwn(wanted, name) ? wanted[name] : undefined
    if (!credential) {
      const names = Object.keys(wanted).join(', ')
      throw input.refuse(`${adapter.name} has no such credential: it wants ${names}`)
    }
    if (Object.hasOwn(found, name)) throw input.refuse(`--credential ${name} is given twice`)
    const value =
      at < 0
        ? await terminal.ask(`${adapter.name}: ${credential.label}`)
        : await valueOf(name, text.slice(at + 1), credential.secret, input, terminal)
    if (value === '') throw new OperatorError(`the credential ${name} is empty`, 'give it again', 2)
    found[name] = value
  }
  return found
}

async function valueOf(
  name: string,
  source: string,
  secret: boolean,
  input: Input,
  terminal: Terminal,
): Promise<string> {
  if (source === '-') return withoutEnd(await terminal.input())
  if (source.startsWith('@')) return withoutEnd(readFile(name, source.slice(1)))
  if (source.startsWith('env:')) {
    const value = terminal.env[source.slice(4)]
    if (value) return value
    throw new OperatorError(`the variable for ${name} is not set`, 'set it, or use another way', 2)
  }
  if (!secret) return source
  throw input.refuse(
    `${name} is secret, and every user of this machine sees what is on a command line`,
    `--credential ${name} (asks for it), ${name}=@FILE, ${name}=- or ${name}=env:VARIABLE; change the secret if others may have seen it`,
  )
}

function readFile(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new OperatorError(
      `the file for ${name} cannot be read`,
      'check its path and permissions',
      cause instanceof TypeError ? 2 : 1,
    )
  }
}

/** Files and echo end with a line end that is no part of the secret. */
function withoutEnd(text: string): string {
  return text.replace(/\r?\n$/, '')
}
