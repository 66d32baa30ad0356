/**
 * @module The master key: 32 bytes from a file or a command, never in the database, the environment or the arguments.
 */
import { createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { OperatorError } from '../errors.ts'

export interface MasterKey {
  readonly key: Buffer
  /** Names the key without telling anything of it; stands beside what it wrapped. */
  readonly id: string
  /** Keys that lie beside it while it is changed for another. */
  readonly others?: readonly MasterKey[]
}

export interface MasterKeySource {
  readonly master_key_file: string | null
  readonly master_key_command: readonly string[] | null
}

/** Reads the master key. Throws OperatorError when there is none, or when it is not 32 bytes in base64 or hex. */
export function readMasterKey(source: MasterKeySource): MasterKey {
  if (source.master_key_command) return parse(runCommand(source.master_key_command))
  const file = source.master_key_file
  if (!file) {
    throw new OperatorError(
      'no master key is configured',
      'run `pangate init`, or set [vault] master_key_file in pangate.toml',
    )
  }
  // The new one first: when it takes the other's place between the two reads, both are the new one.
  const others = readBeside(newKeyFile(file))
  const key = parse(readKeyFile(file))
  return others.length > 0 ? { ...key, others } : key
}

function readBeside(file: string): readonly MasterKey[] {
  if (!existsSync(file)) return []
  try {
    return [parse(readKeyFile(file))]
  } catch (error) {
    if (!existsSync(file)) return []
    const why = error instanceof OperatorError ? error.message : 'it cannot be read'
    throw new OperatorError(
      `the next master key in ${file} is none: ${why}`,
      `restore it from its backup; if no rotation was begun, remove it`,
    )
  }
}

/** Where the next master key lies until everything is wrapped under it. */
export function newKeyFile(file: string): string {
  return `${file}.new`
}

/** A new key as the one line that the file holds. */
export function generateMasterKey(): string {
  return randomBytes(32).toString('base64')
}

/** A key for one purpose, derived from another by HKDF-SHA-256 (RFC 5869). */
export function deriveKey({ key }: Pick<MasterKey, 'key'>, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), `pangate/${purpose}`, 32))
}

/** A master key of its 32 bytes. */
export function masterKeyOf(key: Buffer): MasterKey {
  const id = createHmac('sha256', key).update('pangate master key id').digest('hex').slice(0, 16)
  return { key, id }
}

/** A master key from its text: 32 bytes in base64 or hex, white space around it ignored. */
export function parse(text: string): MasterKey {
  const line = text.trim()
  const key = Buffer.from(line, /^[0-9a-f]{64}$/i.test(line) ? 'hex' : 'base64')
  if (key.length !== 32 || !/^([0-9a-f]{64}|[A-Za-z0-9+/]{43}=)$/i.test(line)) {
    throw new OperatorError(
      'the master key is not 32 bytes in base64 or hex',
      'restore the key file from its backup; a new key (`pangate master-key generate`) cannot open old data',
    )
  }
  return masterKeyOf(key)
}

function readKeyFile(file: string): string {
  try {
    if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
      throw new OperatorError(
        `the master key file ${file} can be read by other users`,
        `run: chmod 600 ${file}`,
      )
    }
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof OperatorError) throw error
    throw new OperatorError(
      `the master key file ${file} cannot be read`,
      'run `pangate init` to make one, or restore it from its backup',
    )
  }
}

function runCommand(command: readonly string[]): string {
  const failed = (how: string): OperatorError =>
    new OperatorError(
      `the command that prints the master key ${how}`,
      `run it by hand: ${command[0] ?? ''}`,
    )
  const run = spawn(command)
  if (!run) throw failed('cannot be run')
  if (run.exitCode !== 0) throw failed(`failed with status ${run.exitCode}`)
  return run.stdout.toString()
}

/** Null where there is no such program. */
function spawn(command: readonly string[]) {
  try {
    return Bun.spawnSync([...command], { stdin: 'ignore', stderr: 'ignore', timeout: 30_000 })
  } catch {
    return null
  }
}
