/**
 * @module The memory of the server: closed to others of the same user, without core dumps; and how much of a card stays in it.
 */
import { afterAll, expect, test } from 'bun:test'
import {
  chmodSync,
  chownSync,
  closeSync,
  copyFileSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { binaryPath, stopAll } from '../support/binary.ts'
import { keyed } from './keys_support.ts'

afterAll(stopAll)

/** Other requests, in the course of which memory is used again. */
const ROUNDS = process.env['PANGATE_TEST_LONG'] === '1' ? 20_000 : 2_000

const NOBODY = '65534'
/** Why there cannot be another user here; null where there can. */
const alone =
  process.platform !== 'linux'
    ? 'this is not Linux'
    : process.getuid?.() !== 0
      ? 'only root can run programs as another user'
      : Bun.which('setpriv')
        ? null
        : 'there is no setpriv'
if (alone !== null) console.log(`skipped: L06, ${alone}`)

/** A command as a user that is nobody else. */
const asNobody = (...args: readonly string[]): string[] => [
  ...['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'],
  ...args,
]
const reads = (pid: number, file: string): boolean =>
  Bun.spawnSync(asNobody('sh', '-c', `: < /proc/${pid}/${file}`), { stderr: 'ignore' }).exitCode ===
  0

test.skipIf(alone !== null)(
  'L06 its memory is closed to its own user, and a crash leaves no core',
  async () => {
    const dir = mkdtempSync(join(tmpdir(), 'pangate-nobody-'))
    const children: Bun.Subprocess[] = []
    try {
      chmodSync(dir, 0o700)
      chownSync(dir, Number(NOBODY), Number(NOBODY))
      const env = {
        PANGATE_SERVER_LISTEN: '127.0.0.1:0',
        PANGATE_SERVER_ADMIN_LISTEN: '127.0.0.1:0',
      }
      // Where the executable lies may be nobody's business.
      const binary = join(dir, 'pangate')
      copyFileSync(binaryPath(), binary)
      chownSync(binary, Number(NOBODY), Number(NOBODY))
      const made = Bun.spawnSync(asNobody(binary, 'init'), { cwd: dir, env })
      expect(made.exitCode, made.stderr.toString()).toBe(0)
      // The same user's other program, as large as it likes to be dumped: what is tried works there.
      const begin = (...args: readonly string[]): Bun.Subprocess<'ignore', 'ignore', 'pipe'> => {
        const child = Bun.spawn(
          asNobody('sh', '-c', 'ulimit -c unlimited; exec "$@"', 'sh', ...args),
          {
            cwd: dir,
            env,
            stdin: 'ignore',
            stdout: 'ignore',
            stderr: 'pipe',
          },
        )
        children.push(child)
        return child
      }
      const other = begin('sleep', '60')
      const server = begin(binary, 'serve')
      const lines: string[] = []
      for await (const chunk of server.stderr) {
        lines.push(new TextDecoder().decode(chunk))
        if (lines.join('').includes('"event":"listening"')) break
      }
      for (const file of ['mem', 'maps', 'environ']) {
        expect(reads(other.pid, file), `${file} of another`).toBe(true)
        expect(reads(server.pid, file), `${file} of ours`).toBe(false)
      }
      if (Bun.which('gcore')) {
        const core = (pid: number): number | null =>
          Bun.spawnSync(asNobody('gcore', '-o', join(dir, 'gcore'), String(pid)), {
            cwd: dir,
            stdout: 'ignore',
            stderr: 'ignore',
          }).exitCode
        expect(core(other.pid)).toBe(0)
        expect(core(server.pid)).not.toBe(0)
      } else console.log('L06: there is no gcore to try')
      for (const child of [other, server]) {
        child.kill('SIGSEGV')
        await child.exited
      }
      const cores = readdirSync(dir).filter((name) => name.startsWith('core'))
      const pattern = readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim()
      console.log(`L06: cores by "${pattern}": ${cores.length}, none of them ours`)
      // Where the kernel writes cores into the folder, there is that of the other program alone.
      expect(cores.length).toBeLessThanOrEqual(1)
      for (const name of cores) {
        const content = readFileSync(join(dir, name))
        expect(content.includes('master_key_file')).toBe(false)
      }
      expect(lines.join('')).not.toContain('memory.not_hidden')
    } finally {
      for (const child of children) child.kill('SIGKILL')
      rmSync(dir, { recursive: true, force: true })
    }
  },
  60_000,
)

const PAGE = 4096
const BLOCK = 256

/** How often numbers that begin alike stand in a process's memory, as Latin-1 and as UTF-16; null where it cannot be read. */
function countIn(pid: number, numbers: ReadonlySet<string>): number | null {
  const [start = ''] = [...numbers].map((number) => number.slice(0, 6))
  let found = 0
  const count = (part: Buffer): void => {
    for (const encoding of ['latin1', 'utf16le'] as const) {
      const begin = Buffer.from(start, encoding)
      const length = Buffer.byteLength('0'.repeat(16), encoding)
      for (let hit = part.indexOf(begin); hit >= 0; hit = part.indexOf(begin, hit + 1)) {
        if (numbers.has(part.subarray(hit, hit + length).toString(encoding))) found++
      }
    }
  }
  return eachTouched(pid, count) ? found : null
}

/** Gives the parts of a process's memory that were ever written to; false where it cannot be read. */
function eachTouched(pid: number, use: (part: Buffer) => void): boolean {
  const handles: number[] = []
  try {
    for (const name of ['mem', 'pagemap']) handles.push(openSync(`/proc/${pid}/${name}`, 'r'))
    const [memory = 0, pages = 0] = handles
    const block = Buffer.alloc(BLOCK * PAGE)
    const entries = Buffer.alloc(BLOCK * 8)
    for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? []
      if (!from || !to) continue
      const end = Number.parseInt(to, 16) / PAGE
      for (let page = Number.parseInt(from, 16) / PAGE; page < end; page += BLOCK) {
        const size = Math.min(BLOCK, end - page)
        readSync(pages, entries, 0, size * 8, page * 8)
        // Bit 63: the page is there. https://docs.kernel.org/admin-guide/mm/pagemap.html
        const there = Array.from({ length: size }, (_, at) => (entries[at * 8 + 7] ?? 0) >= 128)
        if (!there.includes(true)) continue
        use(block.subarray(0, readSync(memory, block, 0, size * PAGE, page * PAGE)))
      }
    }
    return true
  } catch (error) {
    if (handles.length < 2) return false
    throw error
  } finally {
    for (const handle of handles) closeSync(handle)
  }
}

const unreadable = alone === null ? null : alone
test.skipIf(unreadable !== null)(
  'L07 what is left of a card in memory when its request is over',
  async () => {
    const shop = await keyed()
    const served = await shop.serve()
    const first: string[] = []
    for (let at = 0; at < 50; at++) {
      const token = await shop.store(served)
      first.push(shop.cards.get(token) ?? '')
      expect(await shop.reveal(served, token)).toBe(shop.cards.get(token) ?? '')
    }
    const at = (): number | null => countIn(served.program.pid, new Set(first))
    const before = at()
    if (before === null) {
      console.log('skipped: L07, the memory of another process cannot be read here')
      return
    }
    // Other work, in the course of which the collector runs, and memory is used again.
    const headers = { authorization: `Bearer ${shop.installed.key}` }
    for (let round = 0; round < ROUNDS; round++) {
      await (await fetch(`${served.url}/v1/tokens?limit=1`, { headers })).text()
    }
    await shop.store(served)
    const after = at() ?? 0
    console.log(
      `L07: of 50 cards, each stored and read once: ${before} copies at once, ${after} after ${ROUNDS} other requests`,
    )
    // The key is there while it serves, of course; cards go by and by. A bound that a leak would break:
    expect(after).toBeLessThan(50 * 4)
  },
  60_000,
)
