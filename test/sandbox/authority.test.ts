/**
 * @module The sandbox's certificate authority: accepted by other people's TLS, kept over restarts, remade when it has to be.
 */
import { afterAll, expect, test } from 'bun:test'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OperatorError } from '../../src/errors.ts'
import { openAuthority } from '../../src/sandbox/authority.ts'
import { send, start } from './support.ts'

const folders: string[] = []
const folder = () => {
  const made = mkdtempSync(join(tmpdir(), 'pangate-test-'))
  folders.push(made)
  return made
}
afterAll(() => folders.forEach((made) => rmSync(made, { recursive: true })))

const DAY = 86_400_000

test('a client with the authority is answered, by name and by address; one without is not', async () => {
  const sandbox = await start()
  try {
    expect((await send(sandbox, '/')).text).toContain('PSP sandbox')
    const numbers = { ...sandbox, url: `https://127.0.0.1:${sandbox.port}` }
    expect((await send(numbers, '/')).status).toBe(200)
    await expect(send(sandbox, '/', { trust: false })).rejects.toThrow(/verify|self.signed/i)
    expect(readFileSync(sandbox.caFile, 'utf8')).toBe(sandbox.caPem)
    expect(sandbox.requests()).toHaveLength(2)
  } finally {
    await sandbox.stop()
    rmSync(join(sandbox.caFile, '..'), { recursive: true })
  }
})

test.each(['curl', 'openssl', 'node'])('%s accepts the certificate', async (tool) => {
  if (!Bun.which(tool)) return console.log(`skipped: no ${tool} on this machine`)
  const sandbox = await start({ dataDir: folder() })
  const commands: { readonly [name: string]: string[] } = {
    curl: [
      'curl',
      '-sS',
      '--noproxy',
      '*',
      '--cacert',
      sandbox.caFile,
      `${sandbox.url}/status/200`,
    ],
    openssl: [
      'openssl',
      's_client',
      '-connect',
      `127.0.0.1:${sandbox.port}`,
      '-servername',
      'localhost',
      '-verify_hostname',
      'localhost',
      '-verify_return_error',
      '-x509_strict',
      '-CAfile',
      sandbox.caFile,
    ],
    node: [
      'node',
      '-e',
      `require('https').get('${sandbox.url}/status/200', (r) => process.exit(r.statusCode === 200 ? 0 : 3))`,
    ],
  }
  try {
    const run = Bun.spawn(commands[tool] ?? [], {
      stdin: new Blob([]),
      stdout: 'pipe',
      stderr: 'pipe',
      env: { PATH: process.env['PATH'] ?? '', NODE_EXTRA_CA_CERTS: sandbox.caFile },
    })
    const errors = await new Response(run.stderr).text()
    expect([await run.exited, errors.includes('rror:')]).toEqual([0, false])
  } finally {
    await sandbox.stop()
  }
})

test('TLS below 1.2 is refused', async () => {
  if (!Bun.which('openssl')) return console.log('skipped: no openssl on this machine')
  const sandbox = await start({ dataDir: folder() })
  const handshake = async (flag: string) => {
    const run = Bun.spawn(
      [
        'openssl',
        's_client',
        '-connect',
        `127.0.0.1:${sandbox.port}`,
        flag,
        '-cipher',
        'DEFAULT:@SECLEVEL=0',
        '-CAfile',
        sandbox.caFile,
      ],
      { stdin: new Blob([]), stdout: 'ignore', stderr: 'ignore' },
    )
    return run.exited
  }
  try {
    expect(await handshake('-tls1_2')).toBe(0)
    expect(await handshake('-tls1_1')).not.toBe(0)
  } finally {
    await sandbox.stop()
  }
})

test('it is kept: the same files serve the next start, and only the owner reads the keys', async () => {
  const data = folder()
  const first = await openAuthority(data)
  const second = await openAuthority(data)
  expect(second).toEqual(first)
  for (const key of ['sandbox-ca.key', 'sandbox-tls.key']) {
    expect(statSync(join(data, key)).mode & 0o777).toBe(0o600)
  }
})

test.each(['sandbox-ca.pem', 'sandbox-ca.key', 'sandbox-tls.pem', 'sandbox-tls.key'])(
  'a damaged %s is remade, and what comes out holds together',
  async (file) => {
    const data = folder()
    const first = await openAuthority(data)
    writeFileSync(join(data, file), 'damaged')
    const second = await openAuthority(data)
    const leaf = new X509Certificate(second.leaf.cert)
    expect(leaf.verify(new X509Certificate(second.caPem).publicKey)).toBe(true)
    expect(readFileSync(join(data, 'sandbox-ca.pem'), 'utf8')).toBe(second.caPem)
    // Whoever trusts the authority goes on trusting it where only the server's half was damaged.
    expect(second.caPem === first.caPem).toBe(file.startsWith('sandbox-tls'))
  },
)

test('a leaf about to expire is remade under the same authority; an expired authority is remade too', async () => {
  const data = folder()
  const now = Date.now()
  const first = await openAuthority(data, [], now)
  const nextYear = await openAuthority(data, [], now + 380 * DAY)
  expect(nextYear.caPem).toBe(first.caPem)
  expect(nextYear.leaf.cert).not.toBe(first.leaf.cert)
  expect((await openAuthority(data, [], now + 3640 * DAY)).caPem).not.toBe(first.caPem)
})

test('a name that the leaf lacks makes a new leaf', async () => {
  const data = folder()
  const first = await openAuthority(data)
  const second = await openAuthority(data, ['10.1.2.3', 'psp.example'])
  expect(second.caPem).toBe(first.caPem)
  const leaf = new X509Certificate(second.leaf.cert)
  expect([
    leaf.checkIP('10.1.2.3'),
    leaf.checkHost('psp.example'),
    leaf.checkHost('localhost'),
  ]).toEqual(['10.1.2.3', 'psp.example', 'localhost'])
  expect(leaf.checkHost('example')).toBeUndefined()
})

test('a folder that cannot be made, and a port that is taken, are told to the operator', async () => {
  const data = folder()
  writeFileSync(join(data, 'file'), '')
  await expect(openAuthority(join(data, 'file', 'sub'))).rejects.toBeInstanceOf(OperatorError)
  const sandbox = await start({ dataDir: data })
  try {
    await expect(start({ dataDir: data, port: sandbox.port })).rejects.toThrow(/EADDRINUSE/)
  } finally {
    await sandbox.stop()
  }
})
