/** @module Programs of a bench: pinned to their cores, waited for, and stopped by their own process id. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Child {
  readonly pid: number
  /** What it wrote to standard error so far. */
  stderr(): string
  stop(signal?: NodeJS.Signals): Promise<void>
}

interface StartOptions {
  /** Cores as taskset takes them; null: wherever there is room. */
  readonly cores: string | null
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Asked until it answers. */
  readonly ready?: string
  readonly ca?: string
}

const PATIENCE_MS = 30_000
const running = new Set<Child>()
const folders: string[] = []
// A bench that fails leaves nothing behind.
process.on('exit', () => {
  for (const { pid } of running) process.kill(pid, 'SIGKILL')
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))

/** A folder that goes away with the bench. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pangate-bench-'))
  folders.push(folder)
  return folder
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  await new Promise((done) => server.close(done))
  return typeof address === 'object' && address ? address.port : 0
}

/** Starts a program with nothing of this environment but PATH. Throws with what it wrote where it ends or is not ready. */
export async function start(command: readonly string[], options: StartOptions): Promise<Child> {
  const pinned = options.cores === null ? command : ['taskset', '-c', options.cores, ...command]
  const child = Bun.spawn([...pinned], {
    cwd: options.cwd ?? '/',
    env: { PATH: process.env['PATH'] ?? '', ...options.env },
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
  })
  let written = ''
  const reading = (async () => {
    const decoder = new TextDecoder()
    for await (const chunk of child.stderr) {
      written = (written + decoder.decode(chunk, { stream: true })).slice(-20_000)
    }
  })()
  const own: Child = {
    pid: child.pid,
    stderr: () => written,
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await child.exited
      clearTimeout(late)
      running.delete(own)
    },
  }
  running.add(own)
  void child.exited.then(() => running.delete(own))
  if (options.ready !== undefined) await waitFor(options.ready, options.ca)
  return own

  async function waitFor(url: string, ca?: string): Promise<void> {
    const until = performance.now() + PATIENCE_MS
    while (performance.now() < until && child.exitCode === null) {
      try {
        await (
          await fetch(url, {
            ...(ca !== undefined && { tls: { ca } }),
            signal: AbortSignal.timeout(2000),
          })
        ).text()
        return
      } catch {
        await Bun.sleep(20)
      }
    }
    child.kill('SIGKILL')
    await reading
    throw new Error(`${command[0]} is not ready: ${written.slice(-2000)}`)
  }
}
