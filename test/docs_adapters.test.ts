/** @module docs/adapters.md, line by line: an empty folder, the command, and nothing else. */
import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { blocks, likeText, likeness, ready, runLines } from './support/pages.ts'
import { freshFolder } from './support/run.ts'

/** Each line starts a program, on a machine that may have others to run. */
setDefaultTimeout(60_000)

const ROOT = resolve(import.meta.dir, '..')
const page = readFileSync(join(ROOT, 'docs/adapters.md'), 'utf8')
const folder = freshFolder('adapters')
const path = `${command()}:${process.env['PATH'] ?? ''}`
writeFileSync(join(folder, 'env.sh'), '')

/** A folder with `pangate` in it: the executable where `PANGATE_BIN` names one, else the sources. */
function command(): string {
  const bin = freshFolder('adapters-bin')
  mkdirSync(bin, { recursive: true })
  const binary = process.env['PANGATE_BIN']
  const words = binary ? [binary] : [process.execPath, join(ROOT, 'src/main.ts')]
  const quoted = words.map((word) => `'${word}'`).join(' ')
  writeFileSync(join(bin, 'pangate'), `#!/bin/sh\nexec ${quoted} "$@"\n`)
  chmodSync(join(bin, 'pangate'), 0o755)
  return bin
}

let dev: Bun.Subprocess<'ignore', 'pipe', Bun.BunFile> | null = null
afterAll(async () => {
  dev?.kill()
  await dev?.exited
  endStandIn()
})

/** What the page starts beside it, which it ends itself unless a line before that failed. */
function endStandIn(): void {
  const file = join(folder, 'stand-in.pid')
  if (existsSync(file)) Bun.spawnSync(['kill', readFileSync(file, 'utf8').trim()])
}

for (const { heading, script, answer, isJson, isDev } of blocks(page)) {
  const first = script.split('\n')[0] ?? ''
  test(`${heading}: ${first.slice(0, 80)}`, async () => {
    if (isDev) return startDev(script)
    const { status, stdout, stderr } = await runLines(script, folder, path)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    if (answer === null) return
    if (isJson) expect(JSON.parse(stdout)).toMatchObject(likeness(JSON.parse(answer)))
    else expect(stdout).toEqual(likeText(answer))
  })
}

/** The command that the page has its reader run in a second terminal. */
async function startDev(script: string): Promise<void> {
  dev = Bun.spawn(['sh', '-c', `exec ${script.trim()} --json --port 0`], {
    cwd: folder,
    env: { PATH: path },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: Bun.file(join(folder, 'dev.log')),
  })
  const { url, sandbox } = await ready(dev.stdout)
  writeFileSync(
    join(folder, 'env.sh'),
    `${readFileSync(join(folder, 'env.sh'), 'utf8')}\nexport PANGATE_URL=${url} SANDBOX=${sandbox.url}\n`,
  )
}
