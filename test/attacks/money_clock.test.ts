/**
 * @module The clock jumps by an hour and by a year, both ways, while the executable serves and between two starts.
 */
import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stopAll } from '../support/binary.ts'
import { canaryCard, canaryCvc } from '../support/canary.ts'
import { install, type Installed, type Reply, type Served } from '../support/installed.ts'
import { freePort } from '../support/ports.ts'
import { readPrometheus } from '../support/prometheus.ts'
import { freshFolder } from '../support/run.ts'
import { respond, startWire, type Wire, type WireRequest } from '../support/wire.ts'

setDefaultTimeout(60_000)

const library = [...new Bun.Glob('*/faketime/libfaketime.so.1').scanSync('/usr/lib')][0]
if (library === undefined) console.log('skipped: R05 clocks that jump: faketime is not installed')

/** What the clock of the program is ahead of the machine's, as faketime has it; read anew each time it is asked. */
const file = join(freshFolder('clock'), 'offset')
const clock = (offset: string): void => writeFileSync(file, `${offset}\n`)
/** Clocks that nobody sets go on as they are, as they do when an operator or NTP sets the other. */
const FAKED = {
  LD_PRELOAD: `/usr/lib/${library}`,
  FAKETIME_TIMESTAMP_FILE: file,
  FAKETIME_NO_CACHE: '1',
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
}
const JUMPS = ['+1h', '-1h', '+1y', '-1y'] as const
/** The certificate of the test's PSP is not valid yet then. */
const BEFORE_CERTIFICATES = '-1y'

let wire: Wire
let shop: Installed
beforeAll(async () => {
  clock('+0')
  wire = await startWire()
  shop = await install(wire)
}, 20_000)
afterEach(stopAll, 20_000)
afterAll(() => wire.stop())

const came = (path: string): number =>
  wire.requests.filter(({ line }) => line.includes(` /${path} `)).length

const serve = (more: Readonly<Record<string, string>> = {}): Promise<Served> =>
  shop.serve({ ...FAKED, ...more })

const store = async ({ call }: Served, more: object = {}): Promise<string> => {
  const card = { number: canaryCard(), exp_month: 12, exp_year: 2034 }
  const made = await call('POST', '/v1/tokens', { type: 'card', card, ...more })
  expect(made.status, made.text).toBe(201)
  return made.textAt('id')
}

const pay = (
  { call }: Served,
  path: string,
  body: object = {},
  more: object = {},
): Promise<Reply> =>
  call(
    'POST',
    '/v1/forward',
    { timeout_ms: 20_000, ...more, request: { url: `${wire.url}/${path}`, body } },
    { 'idempotency-key': path },
  )

/** A payment that is at the PSP. */
async function begun(served: Served, path: string) {
  const before = wire.reply
  const arrived = Promise.withResolvers<WireRequest>()
  wire.reply = arrived.resolve
  const answer = pay(served, path)
  const { socket } = await arrived.promise
  wire.reply = before
  return { answer, reply: () => respond(socket, '{"paid":true}') }
}

test.skipIf(library === undefined).each(JUMPS)(
  'R05 %s while it serves, and back: what runs ends well, is not sent again, and nothing takes a negative time',
  async (jump) => {
    clock('+0')
    const admin = `127.0.0.1:${await freePort()}`
    const served = await serve({ PANGATE_SERVER_ADMIN_LISTEN: admin })
    const name = `jump${jump.replace(/\W/g, (sign) => (sign === '+' ? 'plus' : 'minus'))}`
    for (const [nth, [from, to]] of [['+0', jump] as const, [jump, '+0'] as const].entries()) {
      clock(from)
      const path = `${name}-${nth}`
      // The certificate is looked at when a connection is made, and both ways begin with one that is good.
      clock(from === BEFORE_CERTIFICATES ? '+0' : from)
      const { answer, reply } = await begun(served, path)
      clock(to)
      const numbers = await (await fetch(`http://${admin}/metrics`)).text()
      expect(readPrometheus(numbers).get('pangate_uptime_seconds')).toBeWithin(0, 120)
      const meanwhile = await pay(served, path)
      expect(meanwhile.at('error', 'code')).toBeOneOf([
        'idempotency_running',
        'idempotency_unknown',
      ])
      expect(meanwhile.at('error', 'sent')).toBe('unknown')
      reply()
      const ended = await answer
      expect(ended.at('sent'), ended.text).toBe('yes')
      const total = Number(ended.at('timing', 'total_ms'))
      expect(total).toBeGreaterThanOrEqual(0)
      expect(total).toBeLessThan(20_000)
      expect((await pay(served, path)).text).toBe(ended.text)
      const record = await served.call('GET', `/v1/forwards/${ended.textAt('id')}`)
      expect(JSON.parse(record.text)).toMatchObject({
        state: 'done',
        sent: 'yes',
        timing: { total_ms: total },
      })
      const next = await pay(served, `${path}-next`)
      if (to === BEFORE_CERTIFICATES && next.status !== 200) {
        expect(next.at('error')).toMatchObject({ code: 'psp_tls', sent: 'no' })
      } else expect(next.at('sent'), next.text).toBe('yes')
      expect([came(path), came(`${path}-next`)]).toEqual([1, next.status === 200 ? 1 : 0])
    }
    expect(served.program.stderr()).not.toMatch(/"(?:ms|psp_ms)":-/)
    await served.program.stop()
    expect(await shop.command('audit', 'verify')).toContain('ok: ')
  },
)

test.skipIf(library === undefined)(
  'R05 what has a time of its own ends in it or before it, whichever way the clock jumps',
  async () => {
    clock('+0')
    const served = await serve({ PANGATE_SESSIONS_CVC_TTL_SECONDS: '2' })
    const { call } = served
    const in30 = new Date(Date.now() + 30 * 60_000).toISOString().replace(/\.\d+/, '')
    const token = await store(served, { expires_at: in30 })
    const lasting = await store(served)
    const session = async (): Promise<string> =>
      (await call('POST', '/v1/cvc-sessions', { cvc: canaryCvc() })).textAt('id')
    const use = (cvc_session: string, path: string): Promise<Reply> =>
      pay(served, path, { c: '{{ card.cvc }}' }, { token: lasting, cvc_session })

    // Ahead: over. Behind: a token lives on by its date, a session ends after its seconds all the same.
    const [ahead, kept] = [await session(), await session()]
    clock('+1h')
    expect((await use(ahead, 'ahead')).at('error', 'code')).toBe('cvc_session_unknown')
    expect(
      (await pay(served, 'expired', { n: '{{ card.number }}' }, { token })).at('error', 'sent'),
    ).toBe('no')
    clock('-1h')
    const until = performance.now() + 2_500
    expect((await pay(served, 'alive', { n: '{{ card.number }}' }, { token })).at('sent')).toBe(
      'yes',
    )
    while (performance.now() < until) await Bun.sleep(50)
    expect((await use(kept, 'kept')).at('error', 'code')).toBe('cvc_session_unknown')
    expect([came('ahead'), came('expired'), came('kept')]).toEqual([0, 0, 0])

    // A token for access, made now, is nobody's an hour on, nor an hour ago.
    clock('+0')
    const client = JSON.parse(
      await shop.command(
        'client',
        'create',
        '--tenant',
        'shop',
        '--scope',
        'tokens:read',
        '--json',
      ),
    )
    const grant = async (): Promise<string> => {
      const form = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: client.id,
        client_secret: client.secret,
      })
      const answer = await fetch(`${served.url}/oauth/token`, { method: 'POST', body: form })
      return String(JSON.parse(await answer.text()).access_token)
    }
    const jwt = await grant()
    const list = async (text: string): Promise<number> =>
      (await call('GET', '/v1/tokens', undefined, { authorization: `Bearer ${text}` })).status
    expect(await list(jwt)).toBe(200)
    for (const offset of ['+61m', '-1h', '+1y', '-1y']) {
      clock(offset)
      expect([offset, await list(jwt), await list(await grant())]).toEqual([offset, 401, 200])
      // A key of the API has no time.
      expect((await call('GET', '/v1/tokens')).status).toBe(200)
    }
    await served.program.stop()
  },
)

test.skipIf(library === undefined)(
  'R05 a rate is never waited for longer than its window, and a jump gives nobody more than one window of it',
  async () => {
    clock('+0')
    const served = await serve({ PANGATE_LIMITS_KEY_RATE: '3/min burst 3' })
    const ask = (): Promise<Reply> => served.call('GET', '/v1/tokens')
    const spend = async (): Promise<number> => {
      for (let taken = 0; ; taken++) {
        const answer = await ask()
        if (answer.status === 200) continue
        expect(answer.status).toBe(429)
        expect(Number(answer.headers.get('retry-after'))).toBeWithin(1, 61)
        return taken
      }
    }
    expect(await spend()).toBe(3)
    for (const offset of ['-1h', '-1y', '+0', '+1h', '+1y']) {
      clock(offset)
      expect(await spend()).toBeLessThanOrEqual(3)
    }
    await served.program.stop()
  },
)

test.skipIf(library === undefined).each(JUMPS)(
  'R05 %s between a kill and the next start: what was being sent is unknown, and the key says so',
  async (jump) => {
    clock('+0')
    const served = await serve()
    const path = `restart${JUMPS.indexOf(jump)}`
    const done = await pay(served, `${path}-done`)
    const { answer } = await begun(served, path)
    const cut = answer.catch(() => null)
    process.kill(served.program.pid, 'SIGKILL')
    await served.program.exited
    expect(await cut).toBeNull()
    clock(jump)
    const next = await serve()
    expect((await pay(next, path)).at('error')).toMatchObject({
      code: 'idempotency_unknown',
      sent: 'unknown',
    })
    expect((await pay(next, `${path}-done`)).text).toBe(done.text)
    await store(next)
    await next.program.stop()
    clock('+0')
    const after = await serve()
    expect((await pay(after, path)).at('error', 'code')).toBe('idempotency_unknown')
    expect((await pay(after, `${path}-done`)).text).toBe(done.text)
    expect([came(path), came(`${path}-done`)]).toEqual([1, 1])
    await after.program.stop()
    expect(await shop.command('audit', 'verify')).toContain('ok: ')
  },
)
