/**
 * @module The connection to a real Redis: lost, frozen, refused, replaced; told at once, and found again by itself.
 */
import { afterAll, afterEach, describe, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createServer } from 'node:net'
import { OperatorError } from '../../src/errors.ts'
import type { Redis } from '../../src/redis/client.ts'
import { RedisFault } from '../../src/redis/fault.ts'
import { parseRedis } from '../../src/redis/place.ts'
import { startRedis as open, type RedisSettings } from '../../src/redis/start.ts'
import type { Fields, Log } from '../../src/telemetry/log.ts'
import { certificate } from '../support/certificates.ts'
import { noRedis, redisCertificates, startRedis, stopRedis } from '../support/redis.ts'
import { freshFolder } from '../support/run.ts'

const reason = noRedis()
if (reason !== null) console.log(`skipped: ${reason}`)
const real = test.skipIf(reason !== null)

const clients: Redis[] = []
afterEach(() => clients.splice(0).forEach((client) => client.close()))
afterAll(stopRedis)

/** Events as they come, and a way to wait for one. */
function events() {
  const all: string[] = []
  const waiting = new Set<() => void>()
  const note = (event: string, { reason: why }: Fields = {}): void => {
    all.push(why === undefined ? event : `${event}: ${why}`)
    for (const check of waiting) check()
  }
  const log: Log = { debug: note, info: note, warn: note, error: note }
  return {
    all,
    log,
    /** Resolves when the event was seen so many times. */
    until: (event: string, times = 1) =>
      new Promise<void>((resolve) => {
        const check = (): void => {
          if (all.filter((one) => one.startsWith(event)).length >= times) resolve()
        }
        waiting.add(check)
        check()
      }),
  }
}

async function client(url: string, more: Partial<RedisSettings> = {}) {
  const seen = events()
  const settings = { password: null, ca_file: null, cert_file: null, key_file: null, ...more }
  const redis = await open({ ...settings, url: parseRedis(url) }, seen.log)
  if (!redis) throw new Error(`${url} is no URL of a Redis`)
  clients.push(redis)
  return { redis, seen }
}

const troubleOf = (answer: Promise<unknown>): Promise<unknown> =>
  answer.then(
    (value) => ({ value }),
    (error: unknown) => (error instanceof RedisFault ? error.code : error),
  )

/** What stops the start. */
async function refusal(url: string, more: Partial<RedisSettings> = {}): Promise<string> {
  try {
    await client(url, more)
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    expect(error.next).not.toBe('')
    return error.message
  }
  throw new Error('it was not refused')
}

describe('a connection', () => {
  real(
    'that is frozen is given up after a second, then fails at once, then comes back',
    async () => {
      const own = await startRedis()
      const { redis, seen } = await client(own.url)
      own.freeze()
      const started = performance.now()
      const several = await Promise.all([1, 2, 3].map(() => troubleOf(redis.send('GET', ['a']))))
      expect(several[0]).toBe('late')
      for (const trouble of several) expect(trouble).toBeOneOf(['late', 'lost'])
      expect(performance.now() - started).toBeLessThan(1_500)
      const again = performance.now()
      expect(await troubleOf(redis.send('GET', ['a']))).toBe('down')
      expect(performance.now() - again).toBeLessThan(20)
      expect(redis.isUp()).toBe(false)
      own.resume()
      await seen.until('redis.connected', 2)
      await seen.until('redis.connected', 2)
      expect(await redis.send('SET', ['a', '1'])).toBe('OK')
    },
  )

  real(
    'that nobody uses is tried out, so that a frozen server is found before it is needed',
    async () => {
      const own = await startRedis()
      const { redis, seen } = await client(own.url)
      own.freeze()
      await seen.until('redis.lost: late')
      const started = performance.now()
      expect(await troubleOf(redis.send('GET', ['a']))).toBe('down')
      expect(performance.now() - started).toBeLessThan(20)
      own.resume()
    },
  )

  real('whose server is killed fails at once and is found again when it is back', async () => {
    const own = await startRedis()
    const { redis, seen } = await client(own.url)
    await own.kill()
    await seen.until('redis.lost: closed')
    expect(await troubleOf(redis.send('GET', ['a']))).toBe('down')
    await seen.until('redis.unreachable: nothing listens there')
    await own.restart()
    await seen.until('redis.connected', 2)
    expect(await redis.send('PING')).toBe('PONG')
    // An outage is a line, however often it was tried.
    expect(seen.all.filter((event) => event.startsWith('redis.unreachable'))).toHaveLength(1)
  })

  real('is opened to a server that is not there yet', async () => {
    const own = await startRedis()
    await own.kill()
    const { redis, seen } = await client(own.url)
    expect(await troubleOf(redis.send('PING'))).toBe('down')
    await own.restart()
    await seen.until('redis.connected')
    expect(await redis.send('PING')).toBe('PONG')
  })

  real('follows the primary of several hosts, and leaves one that was made a replica', async () => {
    const primary = await startRedis()
    const replica = await startRedis({ replicaOf: primary })
    const hosts = `redis://127.0.0.1:${replica.port},127.0.0.1:${primary.port}`
    const { redis, seen } = await client(hosts)
    expect(seen.all).toContain('redis.unreachable: it is a replica')
    expect(await redis.send('SET', ['a', '1'])).toBe('OK')
    await replica.cli('REPLICAOF', 'NO', 'ONE')
    await primary.cli('REPLICAOF', '127.0.0.1', String(replica.port))
    // By the next probe, or by the first command that is refused.
    await seen.until('redis.connected', 2)
    expect(await redis.send('SET', ['b', '1'])).toBe('OK')
    expect(await replica.cli('GET', 'b')).toBe('1')
  })

  real('refuses what the server refuses, by its first word, and stays', async () => {
    const own = await startRedis({ lines: ['maxmemory 1mb', 'maxmemory-policy noeviction'] })
    const { redis } = await client(own.url)
    expect(await troubleOf(redis.send('SET', ['a', 'x'.repeat(2_000_000)]))).toBeOneOf([
      'OOM',
      { value: 'OK' },
    ])
    expect(await troubleOf(redis.send('SET', ['b', '1']))).toBe('OOM')
    expect(await troubleOf(redis.send('LPUSH', []))).toBe('ERR')
    expect(redis.isUp()).toBe(true)
  })
})

describe('the start is refused', () => {
  real('for a wrong password, and for none', async () => {
    const own = await startRedis({ password: 'p%40ss:w/rd?#' })
    const [wrong, none] = [own.url.replace('//', '//:wrong@'), own.url]
    expect(await refusal(wrong)).toContain('it refuses the user or the password')
    expect(await refusal(none)).toContain('it wants a password')
    const right = own.url.replace('//', `//:${encodeURIComponent('p%40ss:w/rd?#')}@`)
    expect((await client(right)).redis.isUp()).toBe(true)
  })

  real('for what is no Redis, and for a database that there is not', async () => {
    const other = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    await new Promise<void>((ready) => other.listen(0, '127.0.0.1', ready))
    const address = other.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    expect(await refusal(`redis://127.0.0.1:${port}`)).toContain('no Redis')
    other.close()
    const own = await startRedis()
    expect(await refusal(`${own.url}/99`)).toContain('the database')
  })

  real('for a certificate of another name, of an unknown authority, and without TLS', async () => {
    const { caFile, pairs } = await redisCertificates(['localhost', '127.0.0.1'], ['other.example'])
    const [good, wrong] = await Promise.all(pairs.map((tls) => startRedis({ tls })))
    if (!good || !wrong) throw new Error('two were asked for')
    expect((await client(good.url, { ca_file: caFile })).redis.isUp()).toBe(true)
    const byAddress = good.url.replace('localhost', '127.0.0.1')
    expect((await client(byAddress, { ca_file: caFile })).redis.isUp()).toBe(true)
    expect(await refusal(wrong.url, { ca_file: caFile })).toContain('ALTNAME')
    expect(
      await refusal(wrong.url.replace('localhost', '127.0.0.1'), { ca_file: caFile }),
    ).toContain('ALTNAME')
    expect(await refusal(good.url)).toContain('certificate')
    const plain = await startRedis()
    const { seen } = await client(`rediss://localhost:${plain.port}`)
    expect(seen.all.join()).toContain('TLS does not come about')
    const other = await client(good.url.replace('rediss', 'redis'))
    expect(other.seen.all.join()).toContain('it may want TLS')
  })

  real('for one that writes to its disk; one that may not be asked is told of', async () => {
    const kept = await startRedis({ lines: ['appendonly yes', 'save 60 1'] })
    const said = await refusal(kept.url)
    expect(said).toContain('`save`')
    expect(said).toContain('`appendonly`')
    const limited = await startRedis()
    await limited.cli('ACL', 'SETUSER', 'app', 'on', '>pw', '~pangate:*', ...COMMANDS)
    const { seen } = await client(limited.url.replace('//', '//app:pw@'))
    expect(seen.all.join('\n')).toContain('could not be checked')
    await limited.cli('ACL', 'SETUSER', 'app', '-getdel')
    expect(await refusal(limited.url.replace('//', '//app:pw@'))).toContain('GETDEL')
  })
})

/** As docs/operate.md has them. */
const COMMANDS = ['+set', '+get', '+getdel', '+del', '+eval', '+evalsha', '+time']

real('a server that asks for a client certificate is given it', async () => {
  const authority = await certificate({
    issuer: null,
    names: null,
    commonName: 'CA',
    authority: true,
  })
  const own = await certificate({ issuer: authority, names: ['localhost'] })
  const mine = await certificate({ issuer: authority, names: null, purpose: 'clientAuth' })
  const folder = freshFolder('redis-client')
  const path = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const ca_file = path('ca.crt', authority.cert)
  const strict = await startRedis({
    tls: own,
    lines: ['tls-auth-clients yes', `tls-ca-cert-file ${ca_file}`],
  })
  const files = {
    ca_file,
    cert_file: path('mine.crt', mine.cert),
    key_file: path('mine.key', mine.key),
  }
  expect((await client(strict.url, files)).redis.isUp()).toBe(true)
  expect(await refusal(strict.url, { ca_file })).toContain('it wants a client certificate')
})
