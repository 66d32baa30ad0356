/**
 * @module What the project's commands have in common. Imports nothing installed: it runs before anything is.
 */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const ROOT = resolve(import.meta.dir, '../..')
export const BINARY = join(ROOT, 'dist/pangate')

interface Ended {
  readonly status: number
  /** Standard output and standard error, as they came. */
  readonly output: string
}

/** Runs a command to its end, with this Bun's folder first in the path, and keeps what it prints. */
export async function execute(
  command: readonly string[],
  options: {
    readonly cwd?: string
    readonly env?: Readonly<Record<string, string>>
    /** Prints along, too. */
    readonly print?: boolean
  } = {},
): Promise<Ended> {
  const child = Bun.spawn([...command], {
    cwd: options.cwd ?? ROOT,
    env: options.env ?? process.env,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  let output = ''
  const collect = async (stream: ReadableStream<Uint8Array>): Promise<void> => {
    const decoder = new TextDecoder()
    for await (const chunk of stream) {
      const text = decoder.decode(chunk, { stream: true })
      output += text
      if (options.print) process.stdout.write(text)
    }
  }
  await Promise.all([collect(child.stdout), collect(child.stderr), child.exited])
  return { status: child.exitCode ?? 1, output }
}

/** A command line of this very Bun: `npx` puts no `bun` where a nested command would find it. */
export function bun(...args: readonly string[]): readonly string[] {
  return [process.execPath, ...args]
}

/** Installs exactly what the lockfile names. */
export function install(): Promise<Ended> {
  return execute(bun('install', '--frozen-lockfile', '--no-progress'))
}

/** Makes the executable. */
export function build(): Promise<Ended> {
  return execute(bun('src/compile.ts'))
}

/** Another Bun than the pinned one mostly works, and makes another executable than the one that was tested. */
export function warnAboutVersion(): void {
  const pinned = /"packageManager": "bun@([^"]+)"/.exec(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  )?.[1]
  if (pinned === Bun.version) return
  console.warn(
    `This is Bun ${Bun.version}, and the project is made for ${pinned}: npx -y bun@${pinned} run ...`,
  )
}
