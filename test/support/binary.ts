/**
 * @module Runs the executable as an operator would: in an empty folder outside the repository, with an empty environment.
 */
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { leashed } from './leash.ts'
import { freshFolder } from './run.ts'

/** How long a program may take to print a line or to stop, before the test fails. */
const PATIENCE_MS = 15_000

interface Options {
  /** The whole environment: nothing is inherited. */
  readonly env?: Readonly<Record<string, string>>
  /** Files that lie in the working folder, by relative path. */
  readonly files?: Readonly<Record<string, string>>
  /** The working folder of an earlier program, to start again where that one stopped. */
  readonly dir?: string
  readonly stdin?: string
  /** Another executable than Pangate's. */
  readonly binary?: string
}

export interface Exit {
  readonly status: number | null
  readonly signal: string | number | null
}

/** A running program. Whatever it prints is kept in files beside its working folder, and is searched for canaries. */
export interface Program {
  readonly pid: number
  /** Its working folder. */
  readonly dir: string
  stdout(): string
  stderr(): string
  /** Resolves with the first whole line that matches, of either output, printed before or after this call. */
  waitForLine(pattern: RegExp): Promise<RegExpExecArray>
  readonly exited: Promise<Exit>
  /** Sends a signal and waits for the end. Copies the working folder first, with `-wal` files that the end would remove. */
  stop(signal?: NodeJS.Signals): Promise<Exit>
}

/** Where the executable is: `PANGATE_BIN`, else the one that `bun run build` made. */
export function binaryPath(): string {
  const path = process.env['PANGATE_BIN'] ?? resolve(import.meta.dir, '../../dist/pangate')
  if (!existsSync(path)) throw new Error('There is no executable: run `bun run build` first.')
  return path
}

const running = new Set<Program>()

/** Stops every program that the tests of this file left running; for `afterAll`. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map((program) => program.stop()))
}

/** Runs a command to its end. */
export async function run(
  args: readonly string[],
  options: Options = {},
): Promise<Exit & { stdout: string; stderr: string; dir: string }> {
  const program = start(args, options)
  const exit = await within(program.exited, () => `pangate ${args.join(' ')} did not end`)
  return { ...exit, stdout: program.stdout(), stderr: program.stderr(), dir: program.dir }
}

/** Starts a command that stays up. */
export function start(args: readonly string[], options: Options = {}): Program {
  const dir = options.dir ?? join(freshFolder(args[0] ?? 'pangate'), 'cwd')
  const outputs = options.dir ? freshFolder(`${args[0] ?? 'pangate'}-again`) : dirname(dir)
  mkdirSync(dir, { recursive: true })
  for (const [path, content] of Object.entries(options.files ?? {})) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), content)
  }
  const child = Bun.spawn(leashed([options.binary ?? binaryPath(), ...args]), {
    cwd: dir,
    env: { ...options.env },
    stdin: options.stdin === undefined ? 'ignore' : Buffer.from(options.stdin),
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const stdout = new Output(child.stdout, join(outputs, 'stdout.log'))
  const stderr = new Output(child.stderr, join(outputs, 'stderr.log'))
  const described = () =>
    `pangate ${args.join(' ')}\n--- stdout\n${stdout.text}\n--- stderr\n${stderr.text}`
  const exited = Promise.all([child.exited, stdout.ended, stderr.ended]).then((): Exit => {
    running.delete(program)
    return { status: child.exitCode, signal: child.signalCode }
  })
  let copies = 0
  const program: Program = {
    pid: child.pid,
    dir,
    stdout: () => stdout.text,
    stderr: () => stderr.text,
    exited,
    waitForLine: (pattern) => {
      const ended = exited.then((): never => {
        throw new Error(`The program ended without a line like ${pattern}: ${described()}`)
      })
      const line = Promise.race([stdout.line(pattern), stderr.line(pattern), ended])
      return within(line, () => `no line like ${pattern}: ${described()}`)
    },
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode === null && child.signalCode === null) {
        cpSync(dir, join(outputs, `copy-${++copies}`), { recursive: true })
        child.kill(signal)
      }
      return within(exited, () => {
        child.kill('SIGKILL')
        return `no end after ${signal}: ${described()}`
      })
    },
  }
  running.add(program)
  return program
}

/** One output of a program: kept in memory and in a file, with tests waiting for lines of it. */
class Output {
  text = ''
  readonly ended: Promise<void>
  readonly #waiting = new Set<() => void>()

  constructor(stream: ReadableStream<Uint8Array>, path: string) {
    this.ended = this.#read(stream, path)
  }

  async #read(stream: ReadableStream<Uint8Array>, path: string): Promise<void> {
    const decoder = new TextDecoder()
    const file = openSync(path, 'w')
    for await (const chunk of stream) {
      writeSync(file, chunk)
      this.text += decoder.decode(chunk, { stream: true })
      for (const check of this.#waiting) check()
    }
    closeSync(file)
  }

  line(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((found) => {
      const check = () => {
        const match = this.text
          .split('\n')
          .slice(0, -1)
          .map((line) => pattern.exec(line))
          .find((result) => result !== null)
        if (!match) return
        this.#waiting.delete(check)
        found(match)
      }
      this.#waiting.add(check)
      check()
    })
  }
}

async function within<T>(promise: Promise<T>, problem: () => string): Promise<T> {
  let timer: Timer | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(problem())), PATIENCE_MS)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
