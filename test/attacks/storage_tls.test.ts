/**
 * @module A libSQL server over TLS: by an authority of the operator's own, and nothing is said to a server that cannot prove its name.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run, stopAll } from '../support/binary.ts'
import { canaryCard } from '../support/canary.ts'
import { install, type Installed } from '../support/installed.ts'
import { startPsp, type FakePsp } from '../support/psp.ts'
import { noSqld, startSqld, type Sqld } from '../support/sqld.ts'
import { startTlsWay, type TlsWay } from '../support/tls_way.ts'

setDefaultTimeout(60_000)

const reason = noSqld()
if (reason !== null) console.log(`skipped: D05 a libSQL server over TLS: ${reason}`)

let psp: FakePsp
let sqld: Sqld
let way: TlsWay
let stranger: TlsWay
let shop: Installed
beforeAll(async () => {
  if (reason !== null) return
  psp = await startPsp()
  sqld = await startSqld({ auth: true })
  way = await startTlsWay(sqld.port)
  stranger = await startTlsWay(sqld.port)
  shop = await install(psp, { ...server(`https://localhost:${way.port}`) })
})
afterAll(async () => {
  await stopAll()
  if (reason !== null) return
  await Promise.all([way.stop(), stranger.stop(), sqld.stop(), psp.stop()])
})

const server = (url: string): Record<string, string> => ({
  PANGATE_DATABASE_URL: url,
  PANGATE_DATABASE_AUTH_TOKEN: sqld.token ?? '',
  PANGATE_DATABASE_CA_FILE: way.caFile,
})
/** A copy is a file, and its server another setting. */
const copy = (url: string): Record<string, string> => ({
  PANGATE_DATABASE_URL: 'file:copy.db',
  PANGATE_DATABASE_SYNC_URL: url,
  PANGATE_DATABASE_SYNC_INTERVAL_MS: '50',
})

test.skipIf(reason !== null).each([
  ['https://, read and written there', (port: number) => server(`https://localhost:${port}`)],
  ['libsql://, read and written there', (port: number) => server(`libsql://localhost:${port}`)],
  ['https://, with a copy', (port: number) => copy(`https://localhost:${port}`)],
  ['libsql://, with a copy', (port: number) => copy(`libsql://localhost:${port}`)],
] as const)('D05 TLS by an authority of its own: %s', async (_, at) => {
  const node = await shop.serve(at(way.port))
  const card = { number: canaryCard(), exp_month: 12, exp_year: 2034 }
  const made = await node.call('POST', '/v1/tokens', { type: 'card', card })
  expect(made.status, made.text).toBe(201)
  while ((await node.call('GET', '/readyz')).at('replica') === 'copying') await Bun.sleep(20)
  const paid = await node.call('POST', '/v1/forward', {
    token: made.textAt('id'),
    request: { url: psp.url, body: { n: '{{ card.number }}' } },
  })
  expect(paid.status, paid.text).toBe(200)
  await node.program.stop()
})

test.skipIf(reason !== null)('D05 commands and doctor by the same authority', async () => {
  expect(await shop.command('tenant', 'list')).toContain('shop')
  expect(await shop.command('doctor')).toMatch(/ok +database/)
})

test.skipIf(reason !== null).each([
  ['a certificate of another authority', () => ({ url: `https://localhost:${stranger.port}` })],
  ['none of the built-in authorities', () => ({ url: `https://localhost:${way.port}`, ca: '' })],
  ['another name', () => ({ url: `https://[::ffff:127.0.0.1]:${way.port}` })],
] as const)('D05 %s: it does not start, and nothing is said, no token either', async (_, of) => {
  const { url, ca = way.caFile } = of() as { url: string; ca?: string }
  const before = way.bytes() + stranger.bytes()
  for (const at of [server(url), copy(url)]) {
    const env = { ...server(url), ...at, PANGATE_DATABASE_CA_FILE: ca }
    for (const command of [['serve'], ['tenant', 'list'], ['doctor']]) {
      const { status, stdout, stderr } = await run(command, { dir: shop.dir, env })
      expect(status, stdout + stderr).toBe(1)
      expect(stdout + stderr).toMatch(
        /the libSQL server \S+ cannot be used: .*certificate|altname/i,
      )
    }
  }
  expect(way.bytes() + stranger.bytes()).toBe(before)
})

test.skipIf(reason !== null)(
  'D05 a file of authorities that cannot be read, or has none, is named',
  async () => {
    writeFileSync(join(shop.dir, 'empty.pem'), '')
    writeFileSync(join(shop.dir, 'text.pem'), 'no certificate\n')
    for (const [file, what] of [
      ['none.pem', 'cannot be read'],
      ['empty.pem', 'have no certificate'],
      ['text.pem', 'have no certificate'],
    ] as const) {
      const env = { ...server(`https://localhost:${way.port}`), PANGATE_DATABASE_CA_FILE: file }
      for (const command of [['serve'], ['doctor']]) {
        const { status, stdout, stderr } = await run(command, { dir: shop.dir, env })
        expect(status).toBe(1)
        const says = stdout + stderr
        expect(says).toContain(`${file}, ${what}`)
        expect(says).toContain('next: check [database] ca_file')
      }
    }
  },
)
