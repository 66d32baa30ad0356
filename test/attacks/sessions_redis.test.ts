/**
 * @module Security codes in Redis, on the executable: one use among many programs, every way of losing Redis, nothing that stays.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { randomUUID } from 'node:crypto'
import { run, stopAll } from '../support/binary.ts'
import { canaryCard, canaryCvc, canarySecret } from '../support/canary.ts'
import type { Reply } from '../support/installed.ts'
import {
  noRedis,
  redisCertificates,
  startRedis,
  stopRedis,
  type RedisServer,
} from '../support/redis.ts'
import { evidence } from '../support/run.ts'
import { openNodes, type Node, type Nodes } from './nodes.ts'

const reason = noRedis()
if (reason !== null) console.log(`skipped: ${reason}`)
const real = (name: string, body: () => Promise<void>, timeout = 30_000): void =>
  test.skipIf(reason !== null)(name, body, timeout)

/** Longer than a command may take, and shorter than a caller's patience. */
const AT_ONCE_MS = 400
const BOUND_MS = 2_500
const PASSWORD = 'a%40pass:word/@'

/** Of four installations two serve all the time; this one and the next serve some tests. */
const SPARE = 2

let redis: RedisServer
let nodes: Nodes
let one: Node
let other: Node

beforeAll(async () => {
  if (reason !== null) return
  redis = await startRedis({ password: PASSWORD })
  nodes = await openNodes(4, {
    PANGATE_SESSIONS_URL: redis.url,
    PANGATE_SESSIONS_PASSWORD: PASSWORD,
  })
  one = await nodes.serve(0)
  other = await nodes.serve(1)
})
afterAll(async () => {
  await stopAll()
  await nodes?.wire.stop()
  await stopRedis()
})

/** How many requests with a security code reached the PSP while `act` ran. */
async function arrivals(act: () => Promise<void>): Promise<number> {
  nodes.wire.requests.length = 0
  await act()
  return nodes.wire.requests.filter(({ body }) => body.includes('"cvc"')).length
}

async function timed(act: () => Promise<Reply>): Promise<{ reply: Reply; ms: number }> {
  const started = performance.now()
  const reply = await act()
  return { reply, ms: performance.now() - started }
}

const CODES = { code: 'sessions_unavailable', sent: 'no' }

/** What holds while Redis is of no use: refused by name, within the bound, nothing sent; what needs no code goes on. */
async function expectClosed(node: Node, session: string): Promise<void> {
  const sent = await arrivals(async () => {
    const first = await timed(() => node.forward(session))
    expect(first.reply.status, first.reply.text).toBe(503)
    expect(first.reply.at('error')).toMatchObject(CODES)
    expect(first.ms).toBeLessThan(BOUND_MS)
    const made = await timed(() => node.session('739'))
    expect(made.reply.at('error')).toMatchObject(CODES)
    expect(made.ms).toBeLessThan(BOUND_MS)
    expect((await node.forward()).at('sent')).toBe('yes')
  })
  expect(sent).toBe(0)
}

/** Works again without a restart: the first that is not refused is whole. */
async function expectBack(node: Node): Promise<void> {
  const until = Date.now() + 10_000
  let made = await node.session(canaryCvc())
  while (made.status === 503 && Date.now() < until) made = await node.session(canaryCvc())
  expect(made.status, made.text).toBe(201)
  expect((await node.forward(made.textAt('id'))).at('sent')).toBe('yes')
}

real('R01 frozen: refused within a second, then at once, and back by itself', async () => {
  const kept = (await one.session(canaryCvc())).textAt('id')
  redis.freeze()
  await expectClosed(one, kept)
  const again = await timed(() => one.forward(kept))
  expect(again.reply.at('error')).toMatchObject(CODES)
  expect(again.ms).toBeLessThan(AT_ONCE_MS)
  redis.resume()
  await expectBack(one)
  // Whether the one that was asked for is still there depends on what was given up; it is not used twice.
  const sent = await arrivals(async () => {
    for (const node of [one, other, one]) {
      expect((await node.forward(kept)).textAt('error', 'code')).toBeOneOf([
        '',
        'cvc_session_unknown',
      ])
    }
  })
  expect(sent).toBeLessThanOrEqual(1)
})

real('R01 killed and restarted: refused at once, back by itself, sessions are gone', async () => {
  const kept = (await one.session(canaryCvc())).textAt('id')
  await redis.kill()
  await one.served.program.waitForLine(/"event":"redis\.lost"/)
  const refused = await timed(() => one.forward(kept))
  expect(refused.ms).toBeLessThan(AT_ONCE_MS)
  await expectClosed(one, kept)
  await redis.restart()
  await expectBack(one)
  expect((await one.forward(kept)).at('error')).toMatchObject({
    code: 'cvc_session_unknown',
    sent: 'no',
  })
  await expectBack(other)
})

real('R01 out of memory: a new session is refused, one that is kept is used', async () => {
  const kept = (await one.session(canaryCvc())).textAt('id')
  await redis.cli('CONFIG', 'SET', 'maxmemory', '1')
  expect((await one.session('739')).at('error')).toMatchObject(CODES)
  expect((await one.forward()).at('sent')).toBe('yes')
  expect((await one.forward(kept)).at('sent')).toBe('yes')
  await redis.cli('CONFIG', 'SET', 'maxmemory', '0')
  await expectBack(one)
})

real(
  'R01 a replica is promoted: refused while there is no primary, then the other host is used',
  async () => {
    const primary = await startRedis()
    const replica = await startRedis({ replicaOf: primary })
    const node = await nodes.serve(SPARE, {
      PANGATE_SESSIONS_URL: `redis://127.0.0.1:${primary.port},127.0.0.1:${replica.port}`,
      PANGATE_SESSIONS_PASSWORD: '',
    })
    try {
      const before = (await node.session(canaryCvc())).textAt('id')
      // `WAIT` is of its own connection's writes, and the replica may still be loading.
      while (!(await replica.keys()).some((name) => name.includes(':session:'))) await Bun.sleep(10)
      await primary.kill()
      await expectClosed(node, before)
      await replica.cli('REPLICAOF', 'NO', 'ONE')
      await expectBack(node)
      // It had reached the replica in time, and nobody has used it.
      const answer = await node.forward(before)
      expect(answer.at('sent'), answer.text).toBe('yes')
    } finally {
      // The next test serves the same installation.
      await node.served.program.stop()
      await replica.stop()
    }
  },
)

real('R01 a server that becomes a read-only replica is left', async () => {
  const primary = await startRedis()
  const node = await nodes.serve(SPARE, {
    PANGATE_SESSIONS_URL: primary.url,
    PANGATE_SESSIONS_PASSWORD: '',
  })
  const kept = (await node.session(canaryCvc())).textAt('id')
  await primary.cli('REPLICAOF', '127.0.0.1', '1')
  await expectClosed(node, kept)
  await primary.cli('REPLICAOF', 'NO', 'ONE')
  await expectBack(node)
  await node.served.program.stop()
  await primary.stop()
})

/** What `serve` and `doctor` say where they do not start. */
async function refused(env: Readonly<Record<string, string>>): Promise<string> {
  const dir = nodes.installed[SPARE]?.dir ?? ''
  const all = { PANGATE_SESSIONS_PASSWORD: '', PANGATE_SERVER_LISTEN: '127.0.0.1:0', ...env }
  const [served, doctor] = [
    await run(['serve'], { dir, env: all }),
    await run(['doctor'], { dir, env: all }),
  ]
  expect([served.status, doctor.status], served.stderr + doctor.stdout).toEqual([1, 1])
  expect(served.stderr).toMatch(/^ {2}next: /m)
  expect(doctor.stdout).toMatch(/^fatal {4}(?:sessions|configuration): /m)
  return served.stderr
}

real('R01 wrong credentials are refused at the start, and not repeated', async () => {
  const password = canarySecret()
  const said = await refused({
    PANGATE_SESSIONS_URL: redis.url,
    PANGATE_SESSIONS_PASSWORD: password,
  })
  expect(said).toContain('refuses the user or the password')
  expect(said).not.toContain(password)
  expect(await refused({ PANGATE_SESSIONS_URL: redis.url })).toContain('wants a password')
})

real('R02 of a hundred forwards with one session, on two programs, one has the code', async () => {
  for (const from of [one, other]) {
    const session = (await from.session(canaryCvc())).textAt('id')
    let answers: readonly Reply[] = []
    const sent = await arrivals(async () => {
      answers = await Promise.all(
        Array.from({ length: 100 }, (_, at) => (at % 2 ? one : other).forward(session)),
      )
    })
    expect(sent).toBe(1)
    expect(answers.filter((answer) => answer.at('sent') === 'yes')).toHaveLength(1)
    const codes = answers.flatMap((answer) => answer.textAt('error', 'code') || [])
    expect(codes).toEqual(Array.from({ length: 99 }, () => 'cvc_session_unknown'))
  }
})

real('R02 a session is given back when nothing was sent, and used on another program', async () => {
  const session = (await one.session(canaryCvc())).textAt('id')
  const denied = await one.served.call('POST', '/v1/forward', {
    token: one.token,
    cvc_session: session,
    request: { url: 'https://localhost:1/', body: { c: '{{ card.cvc }}' } },
  })
  expect(denied.at('error', 'sent')).toBe('no')
  expect((await other.forward(session)).at('sent')).toBe('yes')
  expect((await one.forward(session)).at('error', 'code')).toBe('cvc_session_unknown')
})

real(
  'R03 a Redis that writes to its disk, or may be listened to on the way, is refused at the start',
  async () => {
    for (const lines of [['save 60 1'], ['appendonly yes']]) {
      const persistent = await startRedis({ lines })
      expect(await refused({ PANGATE_SESSIONS_URL: persistent.url })).toContain('to its disk')
      await persistent.stop()
    }
    const elsewhere = 'redis://redis.example:6379'
    expect(await refused({ PANGATE_SESSIONS_URL: elsewhere })).toContain('without TLS')
  },
)

real('R03 TLS proves the name of the server, by its address too', async () => {
  const { caFile, pairs } = await redisCertificates(['localhost'], ['other.example'])
  const [good, wrong] = await Promise.all(pairs.map((tls) => startRedis({ tls })))
  if (!good || !wrong) throw new Error('two were asked for')
  const ca = { PANGATE_SESSIONS_CA_FILE: caFile, PANGATE_SESSIONS_PASSWORD: '' }
  const node = await nodes.serve(SPARE, { ...ca, PANGATE_SESSIONS_URL: good.url })
  await expectBack(node)
  await node.served.program.stop()
  for (const url of [
    wrong.url,
    wrong.url.replace('localhost', '127.0.0.1'),
    good.url.replace('localhost', '127.0.0.1'),
  ]) {
    expect(await refused({ ...ca, PANGATE_SESSIONS_URL: url }), url).toContain('certificate')
  }
  expect(await refused({ PANGATE_SESSIONS_URL: good.url })).toContain('certificate')
  await Promise.all([good.stop(), wrong.stop()])
})

real(
  'R04 a session that is guessed, chosen, of others, over or oversized is not there',
  async () => {
    const { call } = one.served
    const chosen = await call('POST', '/v1/cvc-sessions', { cvc: '739', id: randomUUID() })
    expect(chosen.status).toBe(400)
    const made = await Promise.all(Array.from({ length: 50 }, () => one.session('739')))
    const ids = made.map((reply) => reply.textAt('id'))
    expect(new Set(ids).size).toBe(50)
    // RFC 9562: version 4 has 122 bits by chance.
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    const [id = ''] = ids
    const bound = (await call('POST', '/v1/cvc-sessions', { cvc: '739', token: one.token })).textAt(
      'id',
    )
    const guesses = [
      ...Array.from({ length: 20 }, () => randomUUID()),
      id.toUpperCase(),
      `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`,
      `${id}:x`,
      '*',
      '../'.repeat(30) + id,
      'x'.repeat(100_000),
    ]
    const sent = await arrivals(async () => {
      for (const guess of guesses) {
        const answer = await one.forward(guess)
        expect(answer.at('error', 'sent'), guess.slice(0, 60)).toBe('no')
        expect(answer.textAt('error', 'code')).toBeOneOf(['cvc_session_unknown', 'invalid_request'])
      }
      const tests = await nodes.installed[0]?.command(
        'key',
        'create',
        '--tenant',
        'shop',
        '--test',
        '--scope',
        'forward,tokens:write',
        '--json',
      )
      await nodes.installed[0]?.command('tenant', 'create', 'rival')
      const rival = await nodes.installed[0]?.command(
        'key',
        'create',
        '--tenant',
        'rival',
        '--scope',
        'forward,tokens:write',
        '--json',
      )
      for (const made of [tests, rival]) {
        const key: unknown = Reflect.get(Object(JSON.parse(made ?? '')), 'key')
        const gone = await call('DELETE', `/v1/cvc-sessions/${id}`, undefined, {
          authorization: `Bearer ${String(key)}`,
        })
        expect(gone.at('error', 'code')).toBe('cvc_session_unknown')
      }
      expect((await other.forward(bound)).at('error', 'code')).toBe('cvc_session_unknown')
    })
    expect(sent).toBe(0)
    expect((await one.forward(id)).at('sent')).toBe('yes')
    expect((await one.forward(bound)).at('sent')).toBe('yes')
  },
)

/** Not the command of that name, which stays between us and the program. */
const faketime = [...new Bun.Glob('*/faketime/libfaketime.so.1').scanSync('/usr/lib')][0]
if (faketime === undefined) console.log('skipped: faketime is not installed')

/** The environment of a program whose clock is wrong by so much. */
const at = (FAKETIME: string) => ({
  FAKETIME,
  LD_PRELOAD: `/usr/lib/${faketime}`,
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
})

test.skipIf(reason !== null || faketime === undefined)(
  'R04 R05 a session ends after its time, whatever the clocks of the programs say',
  async () => {
    const ahead = await nodes.serve(SPARE, at('+1h'))
    const behind = await nodes.serve(SPARE + 1, {
      ...at('-12h'),
      PANGATE_SESSIONS_CVC_TTL_SECONDS: '1',
    })
    const early = (await one.session(canaryCvc())).textAt('id')
    expect((await ahead.forward(early)).at('error')).toMatchObject({
      code: 'cvc_session_unknown',
      sent: 'no',
    })
    await redis.cli('FLUSHALL')
    const late = (await ahead.session(canaryCvc())).textAt('id')
    const names = (await redis.keys()).filter((name) => name.includes(':session:'))
    expect(names).toHaveLength(1)
    // An hour ahead or not, Redis was told how long, and not until when.
    expect(Number(await redis.cli('PTTL', names[0] ?? ''))).toBeWithin(1, 90_001)
    expect((await one.forward(late)).at('sent')).toBe('yes')
    const short = (await behind.session(canaryCvc())).textAt('id')
    while ((await redis.keys()).some((name) => name.includes(':session:'))) await Bun.sleep(50)
    expect((await behind.forward(short)).at('error', 'code')).toBe('cvc_session_unknown')
    await Promise.all([ahead, behind].map(({ served }) => served.program.stop()))
  },
  30_000,
)

real(
  'L05 nothing of a security code stays in Redis, and nothing that says whose it was was ever there',
  async () => {
    await redis.cli('FLUSHALL')
    const monitor = Bun.spawn(
      ['redis-cli', '-p', String(redis.port), '--no-auth-warning', '-a', PASSWORD, 'MONITOR'],
      { stdout: 'pipe', stderr: 'ignore' },
    )
    const heard = new Response(monitor.stdout).text()
    const cryptogram = canarySecret()
    const card = { number: canaryCard(), exp_month: 12, exp_year: 2034 }
    const made = await one.served.call('POST', '/v1/tokens', {
      type: 'card',
      card,
      cvc: canaryCvc(),
      credentials: { network_token: { ...card, cryptogram } },
    })
    expect(made.status, made.text).toBe(201)
    const token = made.textAt('id')
    const during = await redis.dump()
    evidence('dump.rdb', Buffer.from(during, 'latin1'))
    expect((await redis.keys()).filter((name) => name.includes(':session:'))).toHaveLength(2)
    const answer = await one.served.call('POST', '/v1/forward', {
      token,
      cvc_session: made.textAt('cvc_session', 'id'),
      request: {
        url: nodes.wire.url,
        body: { c: '{{ card.cvc }}', t: '{{ network_token.cryptogram }}' },
      },
    })
    expect(answer.at('sent'), answer.text).toBe('yes')
    expect((await redis.keys()).filter((name) => name.includes(':session:'))).toHaveLength(1)
    await one.served.call('DELETE', `/v1/tokens/${token}`)
    expect((await redis.keys()).filter((name) => name.includes(':session:'))).toEqual([])
    const after = await redis.dump()
    expect(after).not.toContain(':session:')
    evidence('dump.rdb', Buffer.from(after, 'latin1'))
    monitor.kill()
    const said = await heard
    evidence('monitor.txt', said)
    expect(said).toContain('"GETDEL" "pangate:session:')
    for (const secret of [
      cryptogram,
      card.number,
      token,
      made.textAt('cvc_session', 'id'),
      nodes.installed[0]?.tenant ?? '',
    ]) {
      expect(secret).not.toBe('')
      for (const bytes of [during, after, said]) expect(bytes.includes(secret)).toBe(false)
    }
  },
)
