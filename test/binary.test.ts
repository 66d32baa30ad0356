/** @module The harness that runs the executable: outputs are kept, lines are waited for, ends are reported. */
import { afterAll, expect, test } from 'bun:test'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { run, start, stopAll } from './support/binary.ts'

const SHELL = { binary: '/bin/sh' }

afterAll(stopAll)

test('gives a command an empty folder and an empty environment', async () => {
  const ended = await run(['-c', 'pwd; ls -A; echo "[$HOME$LANG]"; echo no >&2; exit 3'], SHELL)
  expect(ended.stdout).toBe(`${ended.dir}\n[]\n`)
  expect(ended.stderr).toBe('no\n')
  expect(ended.status).toBe(3)
  expect(readFileSync(join(dirname(ended.dir), 'stdout.log'), 'utf8')).toBe(ended.stdout)
})

test('waits for a line, and stops the program with a copy of what it had written', async () => {
  const program = start(['-c', 'echo secret > a.db-wal; echo "ready 42"; exec sleep 60'], SHELL)
  expect((await program.waitForLine(/^ready (\d+)$/))[1]).toBe('42')
  expect(await program.stop()).toEqual({ status: null, signal: 'SIGTERM' })
  const outputs = dirname(program.dir)
  expect(readFileSync(join(outputs, 'copy-1/a.db-wal'), 'utf8')).toBe('secret\n')
  expect(readdirSync(outputs).sort()).toEqual(['copy-1', 'cwd', 'stderr.log', 'stdout.log'])
})

test('says what was printed when the line never comes', async () => {
  const program = start(['-c', 'echo other; echo why >&2'], SHELL)
  const problem = await program.waitForLine(/^ready$/).then(() => '', String)
  expect(problem).toContain('other')
  expect(problem).toContain('why')
})

test('starts again in the same folder', async () => {
  const first = await run(['-c', 'echo kept > file'], { ...SHELL, files: { 'deep/in.txt': 'x' } })
  const second = await run(['-c', 'cat file deep/in.txt'], { ...SHELL, dir: first.dir })
  expect(second.stdout).toBe('kept\nx')
})

test('leaves nothing running', async () => {
  const program = start(['-c', 'echo up; exec sleep 60'], SHELL)
  await program.waitForLine(/^up$/)
  await stopAll()
  expect(existsSync(`/proc/${program.pid}`)).toBe(false)
})
