/**
 * @module Records that are as old as the operator keeps them, on the executable, with the clock moved on by a month.
 */
import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stopAll } from '../support/binary.ts'
import { auditLines, databaseOf } from '../support/audit.ts'
import { canaryCard } from '../support/canary.ts'
import { install, type Installed, type Reply, type Served } from '../support/installed.ts'
import { freshFolder } from '../support/run.ts'
import { startWire, type Wire } from '../support/wire.ts'

setDefaultTimeout(60_000)

const library = [...new Bun.Glob('*/faketime/libfaketime.so.1').scanSync('/usr/lib')][0]
if (library === undefined) console.log('skipped: D08 old records: faketime is not installed')

/** The program's clock, ahead of the machine's; what is measured with a clock that nobody sets stays. */
const ahead = (days: number) => ({
  LD_PRELOAD: `/usr/lib/${library}`,
  FAKETIME: `+${days}d`,
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
})

/** All clocks of a program, ahead by what a file says at the time; they jump when that is written anew. */
function jumping(days: number) {
  const file = join(freshFolder('clock'), 'offset')
  let offset = days * 86_400
  const ahead = (seconds: number): void => writeFileSync(file, `+${(offset += seconds)}s\n`)
  ahead(0)
  const env = {
    LD_PRELOAD: `/usr/lib/${library}`,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
  }
  return { env, ahead }
}

let wire: Wire
let shop: Installed
beforeAll(async () => {
  wire = await startWire()
  shop = await install(wire)
}, 20_000)
afterEach(stopAll, 20_000)
afterAll(() => wire.stop())

const pay = ({ call }: Served, token: string, key: string): Promise<Reply> =>
  call(
    'POST',
    '/v1/forward',
    { token, request: { url: `${wire.url}/${key}`, body: { n: '{{ card.number }}' } } },
    { 'idempotency-key': key },
  )

const came = (key: string): number =>
  wire.requests.filter(({ line }) => line.includes(` /${key} `)).length

test.skipIf(library === undefined).each([1, 2])(
  'D08 records older than they are kept go, with their keys, by one process of %d, and what is unknown stays',
  async (workers) => {
    const more = {
      PANGATE_SERVER_WORKERS: String(workers),
      PANGATE_DATABASE_KEEP_RECORDS_DAYS: '30',
    }
    const [old, open, young] = [`old-${workers}`, `open-${workers}`, `young-${workers}`]
    const path = databaseOf(shop.dir)
    const before = auditLines(path).length
    const first = await shop.serve(more)
    const card = { number: canaryCard(), exp_month: 12, exp_year: 2040 }
    const token = (await first.call('POST', '/v1/tokens', { type: 'card', card })).textAt('id')
    const paid = await pay(first, token, old)
    expect(paid.at('sent'), paid.text).toBe('yes')
    const answer = wire.reply
    wire.reply = ({ socket }) => socket.destroy()
    const lost = await pay(first, token, open)
    expect(lost.at('error', 'sent'), lost.text).toBe('unknown')
    wire.reply = answer
    await first.program.stop()

    const later = await shop.serve({ ...more, ...ahead(29) })
    const other = await pay(later, token, young)
    expect(other.at('sent'), other.text).toBe('yes')
    expect((await pay(later, token, old)).text).toBe(paid.text)
    await later.program.stop()
    expect(
      auditLines(path)
        .slice(before)
        .map(({ action }) => action),
    ).not.toContain('records.prune')

    // What is old at two looks goes, and the second one is after an hour.
    const clock = jumping(31)
    const jumped = await shop.serve({ ...more, ...clock.env })
    const ended = () =>
      auditLines(path)
        .slice(before)
        .some(({ action, detail }) => action === 'records.prune' && detail.includes('"end"'))
    for (let jump = 10; !ended(); jump = 3601) {
      clock.ahead(jump)
      // Its timers are looked at when something comes in.
      await fetch(`${jumped.url}/healthz`).catch(() => null)
      await Bun.sleep(500)
    }
    await jumped.program.stop()

    const last = await shop.serve({ ...more, ...ahead(31) })
    const shown = async (reply: Reply): Promise<number> =>
      (await last.call('GET', `/v1/forwards/${reply.textAt('id')}`)).status
    while ((await shown(paid)) === 200) await Bun.sleep(50)
    expect(await shown(paid)).toBe(404)
    // Workers have the machine's clock, whatever the keeper has: there it is old as well.
    const isYoung = workers === 1
    if (isYoung) {
      expect(await shown(other)).toBe(200)
      expect((await pay(last, token, young)).text).toBe(other.text)
    }
    expect((await pay(last, token, open)).at('error', 'sent')).toBe('unknown')
    expect([came(old), came(open), came(young)]).toEqual([1, 1, 1])
    await last.program.stop()
    const told = auditLines(path)
      .slice(before)
      .filter(({ action }) => action === 'records.prune')
    expect(told.map(({ detail }) => JSON.parse(detail))).toEqual([
      { before: expect.any(String), phase: 'begin' },
      { before: expect.any(String), phase: 'end', count: isYoung ? 1 : 2, notifications: 0 },
    ])
    expect(await shop.command('audit', 'verify')).toContain('ok: ')
  },
)
