/**
 * @module Runs the sources as the program, in a folder of its own with an environment of its own.
 */
import { join, resolve } from 'node:path'
import type { Ready } from '../../src/cli/dev_text.ts'
import { freshFolder } from '../support/run.ts'
import { leashed } from '../support/leash.ts'

const MAIN = resolve(import.meta.dir, '../../src/main.ts')
/** How long a program may take to print a line or to end. */
const PATIENCE_MS = 15_000

export interface Options {
  readonly cwd: string
  /** The whole environment but for PATH: nothing is inherited. */
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
}

export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** An empty folder for one test. */
export function folder(name = 'cli'): string {
  return freshFolder(name)
}

/** The command that runs the sources. */
export function command(args: readonly string[]): string[] {
  return [process.execPath, MAIN, ...args]
}

/** The whole environment of a program: PATH, and what the test gives. */
export function environment(env: Options['env'] = {}): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', ...env }
}

/** Runs a command to its end. */
export async function pangate(args: readonly string[], options: Options): Promise<Ended> {
  const child = Bun.spawn(command(args), {
    cwd: options.cwd,
    env: environment(options.env),
    stdin: options.stdin === undefined ? 'ignore' : Buffer.from(options.stdin),
    stdout: 'pipe',
    stderr: 'pipe',
    timeout: PATIENCE_MS,
  })
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()])
  await child.exited
  return { status: child.exitCode, stdout, stderr }
}

/** What tests read in JSON, of all commands and answers together. */
export interface Body {
  readonly id: string
  readonly name: string
  readonly key: string
  readonly secret: string
  readonly sent: string
  readonly tenant: string
  readonly revoked_at: string | null
  readonly access_token: string
  readonly card: Readonly<Record<'brand' | 'last4' | 'exp_month' | 'exp_year', string>>
  readonly cvc_session: { readonly id: string }
  readonly outcome: { readonly kind: string }
  readonly error: { readonly code: string }
  readonly response: { readonly body: unknown }
  readonly proxy_response: { readonly body: unknown }
  readonly data: readonly Body[]
  readonly credentials: { readonly api_key: { readonly secret: boolean } }
  readonly operations: readonly string[]
}

/** What a command prints with `--json`, which must succeed. */
export async function json<T = Body>(args: readonly string[], options: Options): Promise<T> {
  const { status, stdout, stderr } = await pangate([...args, '--json'], options)
  if (status !== 0) throw new Error(`pangate ${args.join(' ')}: ${status}\n${stderr}`)
  if (stdout.trim().includes('\n')) throw new Error(`more than one line: ${stdout}`)
  // The test knows what this command prints, and fails where it does not.
  return JSON.parse(stdout) as T
}

export interface Running {
  readonly pid: number
  stdout(): string
  stderr(): string
  /** The first line of either output that matches. */
  line(pattern: RegExp): Promise<RegExpExecArray>
  signal(name: NodeJS.Signals): void
  /** Sends a signal and waits for the end. Gives the exit status. */
  stop(name?: NodeJS.Signals): Promise<number | null>
  readonly ended: Promise<number | null>
}

const running = new Set<Running>()

/** Stops what a test left running; for `afterEach`. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map((one) => one.stop('SIGKILL')))
}

/** Starts a command that stays up. */
export function start(args: readonly string[], options: Options): Running {
  const child = Bun.spawn(leashed(command(args)), {
    cwd: options.cwd,
    env: environment(options.env),
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const text = { stdout: '', stderr: '' }
  const waiting = new Set<() => void>()
  const read = async (name: 'stdout' | 'stderr'): Promise<void> => {
    const decoder = new TextDecoder()
    for await (const chunk of child[name]) {
      text[name] += decoder.decode(chunk, { stream: true })
      for (const check of waiting) check()
    }
  }
  const ended = Promise.all([read('stdout'), read('stderr'), child.exited]).then(() => {
    running.delete(one)
    for (const check of waiting) check()
    return child.exitCode
  })
  const one: Running = {
    pid: child.pid,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    ended,
    line: (pattern) =>
      new Promise((found, reject) => {
        const fail = (why: string): void => {
          waiting.delete(check)
          clearTimeout(timer)
          reject(new Error(`${why}: ${pattern}\n${text.stdout}\n${text.stderr}`))
        }
        const timer = setTimeout(() => fail('no such line'), PATIENCE_MS)
        const check = (): void => {
          const lines = `${text.stdout}\n${text.stderr}`.split('\n')
          const match = lines.map((line) => pattern.exec(line)).find((result) => result !== null)
          if (match) {
            waiting.delete(check)
            clearTimeout(timer)
            found(match)
          } else if (!running.has(one)) fail('it ended without such a line')
        }
        waiting.add(check)
        check()
      }),
    signal: (name) => child.kill(name),
    stop: (name = 'SIGTERM') => {
      child.kill(name)
      return ended
    },
  }
  running.add(one)
  return one
}

/** A folder where `pangate init` has been run, listening on free ports. */
export async function installation(): Promise<Options> {
  const cwd = folder('installation')
  const { status, stderr } = await pangate(['init'], { cwd })
  if (status !== 0) throw new Error(stderr)
  return {
    cwd,
    env: { PANGATE_SERVER_LISTEN: '127.0.0.1:0', PANGATE_SERVER_ADMIN_LISTEN: '127.0.0.1:0' },
  }
}

/** The one line in which `pangate dev --json` says that it is ready. */
export async function ready(program: Running): Promise<Ready> {
  const [line] = await program.line(/^\{"url".*/)
  // Its shape is what the tests of it are about.
  return JSON.parse(line) as Ready
}

export { join }
