/**
 * @module A disk that is full: what cannot be written down is not opened, not sent and not changed; with room again all goes on.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { auditLines, databaseOf } from '../support/audit.ts'
import { run } from '../support/binary.ts'
import { canaryCard } from '../support/canary.ts'
import { install, type Installed, type Reply } from '../support/installed.ts'
import { noSmallDisk, serveOnSmallDisk, type SmallDisk } from '../support/small_disk.ts'
import { startWire, type Wire } from '../support/wire.ts'

const reason = noSmallDisk()
if (reason !== null) console.log(`skipped: no disk of its own: ${reason}`)

let wire: Wire
let installed: Installed
let disk: SmallDisk
let all: Readonly<Record<string, string>>
beforeAll(async () => {
  if (reason !== null) return
  wire = await startWire()
  installed = await install(wire)
  const scopes = 'tokens:write,tokens:read,tokens:reveal,forward,forwards:read,admin'
  const printed = await installed.command(
    ...['key', 'create', '--tenant', 'shop', '--scope', scopes, '--json'],
  )
  all = { authorization: `Bearer ${JSON.parse(printed).key}` }
  disk = await serveOnSmallDisk(installed)
}, 20_000)
afterAll(async () => {
  if (reason !== null) return
  await disk.served.program.stop()
  await wire.stop()
})

const call = (method: string, path: string, body?: unknown): Promise<Reply> =>
  disk.served.call(method, path, body, all)

const store = (number = canaryCard()): Promise<Reply> =>
  call('POST', '/v1/tokens', { type: 'card', card: { number, exp_month: 12, exp_year: 2034 } })

const pay = (token: string): Promise<Reply> =>
  call('POST', '/v1/forward', {
    token,
    request: { url: `${wire.url}/pay`, body: { n: '{{ card.number }}' } },
  })

/** Fills the disk until nothing more can be written: the journal has room of its own at first. */
async function exhaust(): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    disk.fill()
    if ((await store()).status === 503) return
  }
  throw new Error('the disk did not become full')
}

test.skipIf(reason !== null)(
  'D10 a full disk: no card is revealed or sent, nothing is changed, all in bounded time; with room again all goes on',
  async () => {
    const number = canaryCard()
    const token = (await store(number)).textAt('id')
    const bt = { 'bt-api-key': all['authorization']?.replace('Bearer ', '') ?? '' }
    const openings: Readonly<Record<string, () => Promise<Reply>>> = {
      forward: () => pay(token),
      'a dry run': () =>
        call('POST', '/v1/forward', {
          token,
          dry_run: true,
          request: { url: `${wire.url}/pay`, body: { n: '{{ card.number }}' } },
        }),
      reveal: () => call('POST', `/v1/tokens/${token}/reveal`),
      detokenize: () => disk.served.call('POST', '/detokenize', { n: `{{ ${token} }}` }, bt),
      'a mask': () => disk.served.call('GET', `/tokens/${token}`, undefined, bt),
      'a new key': () => call('POST', '/v1/keys', { scopes: ['admin'] }),
      'a destination': () => call('POST', '/v1/destinations', { host: 'a.example' }),
      'an erasure': () => call('DELETE', `/v1/tokens/${token}`),
      'the log itself': () => call('GET', '/v1/audit'),
    }
    for (let round = 0; round < 3; round++) {
      await exhaust()
      const before = wire.requests.length
      for (const [name, open] of Object.entries(openings)) {
        const started = performance.now()
        const answer = await open()
        expect(answer.status, `${name}: ${answer.text}`).toBe(503)
        expect(answer.text, name).not.toContain(number)
        expect(performance.now() - started, name).toBeLessThan(2_000)
      }
      const refused = await pay(token)
      expect(refused.at('error')).toMatchObject({ code: 'storage_unavailable', sent: 'no' })
      expect(wire.requests.length).toBe(before)
      // What opens nothing and changes nothing is answered.
      expect((await call('GET', `/v1/tokens/${token}`)).status).toBe(200)

      disk.empty()
      const paid = await pay(token)
      expect([paid.status, wire.requests.length], paid.text).toEqual([200, before + 1])
      const revealed = await call('POST', `/v1/tokens/${token}/reveal`)
      expect(revealed.at('card', 'number')).toBe(number)
    }
    // What was refused left no line, and the chain no gap.
    const copy = join(installed.dir, 'data')
    for (const file of ['', '-wal', '-shm'])
      rmSync(databaseOf(installed.dir) + file, { force: true })
    disk.copyTo(copy)
    const lines = auditLines(databaseOf(installed.dir))
    const opened = lines.filter(({ action }) => action === 'vault.open')
    expect(opened.length).toBe(3 * 2)
    const verified = await run(['audit', 'verify'], { dir: installed.dir })
    expect([verified.status, verified.stdout]).toEqual([0, expect.stringMatching(/^ok: /)])
  },
  60_000,
)
