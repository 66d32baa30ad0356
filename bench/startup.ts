/**
 * @module Start-up and size of the executable: `bun bench/startup.ts`. From exec to the first answer of `serve`, memory idle.
 */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const RUNS = 21
/** Memory is read when the program has been idle for this long. */
const IDLE_MS = 3000
const binary = resolve(process.argv[2] ?? 'dist/pangate')

interface Start {
  readonly listening: number
  readonly answer: number
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  await new Promise((done) => server.close(done))
  return typeof address === 'object' && address ? address.port : 0
}

/** Starts `serve` in the folder and asks until it answers; milliseconds since exec. */
async function start(dir: string, after: (pid: number) => Promise<void>): Promise<Start> {
  const port = await freePort()
  const began = performance.now()
  const child = Bun.spawn([binary, 'serve'], {
    cwd: dir,
    env: {
      PANGATE_SERVER_LISTEN: `127.0.0.1:${port}`,
      PANGATE_SERVER_ADMIN_LISTEN: '127.0.0.1:0',
    },
    stdout: 'ignore',
    stderr: 'ignore',
  })
  let listening = 0
  for (;;) {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`)
      listening ||= performance.now() - began
      if (answer.ok) break
    } catch {
      await Bun.sleep(1)
    }
  }
  const answer = performance.now() - began
  await after(child.pid)
  child.kill('SIGTERM')
  await child.exited
  return { listening, answer }
}

function residentMb(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1] ?? 0) / 1024
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

const dir = mkdtempSync(join(tmpdir(), 'pangate-bench-'))
Bun.spawnSync([binary, 'init'], { cwd: dir, env: {} })
const toml = join(dir, 'pangate.toml')
writeFileSync(toml, readFileSync(toml, 'utf8').replace(/^(admin_)?listen = .*$/gm, ''))
const answers: number[] = []
for (let run = 0; run < RUNS; run++) answers.push((await start(dir, async () => undefined)).answer)
let idle = 0
await start(dir, async (pid) => {
  await Bun.sleep(IDLE_MS)
  idle = residentMb(pid)
})
rmSync(dir, { recursive: true })
console.log(`size                ${(statSync(binary).size / 1e6).toFixed(1)} MB`)
console.log(
  `first answer        ${median(answers).toFixed(0)} ms (median of ${RUNS}, slowest ${Math.max(...answers).toFixed(0)})`,
)
console.log(`resident, idle      ${idle.toFixed(0)} MB`)
