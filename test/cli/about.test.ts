/** @module Commands that tell of the program itself. */
import { expect, test } from 'bun:test'
import { faultText } from '../../src/cli/faults.ts'
import { VERSION } from '../../src/version.ts'
import { type Body, command, environment, folder, json, pangate } from './support.ts'

const cwd = folder()

test('version', async () => {
  expect((await pangate(['version'], { cwd })).stdout).toStartWith(`pangate ${VERSION} (bun `)
  expect((await pangate(['--version'], { cwd })).stdout).toStartWith(`pangate ${VERSION} (bun `)
  expect(await json(['version'], { cwd })).toMatchObject({ version: VERSION, bun: Bun.version })
})

test('adapters, with their credentials and which of them are secret', async () => {
  const adapters = await json<readonly Body[]>(['adapter', 'list'], { cwd })
  const stripe = adapters.find(({ id }) => id === 'stripe')
  expect(stripe?.credentials.api_key.secret).toBe(true)
  expect(stripe?.operations).toContain('purchase')
  const { stdout } = await pangate(['adapter', 'list'], { cwd })
  expect(stdout).toMatch(/^ID +NAME +ORIGIN +OPERATIONS +HOSTS +CREDENTIALS +PIN\n/)
  expect(stdout).toContain('api_key (secret)')
})

test('a master key, each time another', async () => {
  const one = await pangate(['master-key', 'generate'], { cwd })
  const other = await pangate(['master-key', 'generate'], { cwd })
  expect(one.stdout).toMatch(/^[A-Za-z0-9+/]{43}=\n$/)
  expect(other.stdout).not.toBe(one.stdout)
})

test('openapi is whole, also through a pipe that reads slowly or not to its end', async () => {
  const { status, stdout, stderr } = await pangate(['openapi'], { cwd })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const document = JSON.parse(stdout)
  expect(document.openapi).toBe('3.1.0')
  expect(Object.keys(document.paths)).toContain('/v1/forward')
  const quote = command(['openapi'])
    .map((word) => `'${word}'`)
    .join(' ')
  const env = environment()
  const slow = Bun.spawnSync(['bash', '-c', `${quote} | (sleep 0.3; wc -c)`], { cwd, env })
  expect(Number(slow.stdout.toString())).toBe(Buffer.byteLength(stdout))
  const cut = Bun.spawnSync(['bash', '-c', `${quote} | head -c 10`], { cwd, env })
  expect(cut.stdout.length).toBe(10)
  expect(cut.stderr.toString()).toBe('')
})

test('a fault of ours is told by its class and place, never by its words', () => {
  const text = faultText(new RangeError('the card 4242424242424242 is bad\n    at secret (4242)'))
  expect(text).toContain('RangeError')
  expect(text).toContain('next: pangate doctor')
  expect(text).not.toContain('bad')
  expect(faultText('pgk_test_secret')).not.toContain('secret')
})

test('errors that nobody caught end the program in one redacted message', async () => {
  const program = new URL('../../src/cli/program.ts', import.meta.url).pathname
  for (const act of [
    `setTimeout(() => { throw new RangeError('4242424242424242') })`,
    `Promise.reject(new RangeError('4242424242424242'))`,
  ]) {
    // After a first run the handlers stand; then something goes wrong later.
    const code = `import { runProgram } from ${JSON.stringify(program)}
      await runProgram(['version'], {}); ${act}; await Bun.sleep(5000)`
    const child = Bun.spawn([process.execPath, '-e', code], {
      env: environment(),
      cwd,
      stdout: 'pipe',
      stderr: 'pipe',
    })
    const stderr = await child.stderr.text()
    expect(await child.exited).toBe(1)
    expect(stderr).toStartWith('pangate: a fault of ours: RangeError\n')
    expect(stderr).toContain('  next: ')
    expect(stderr).not.toContain('4242')
  }
})
