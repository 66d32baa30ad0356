/**
 * @module URLs of a Redis, and what the configuration refuses of them.
 */
import { describe, expect, test } from 'bun:test'
import { loadConfig } from '../../src/config.ts'
import { OperatorError } from '../../src/errors.ts'
import { parseRedis } from '../../src/redis/place.ts'

describe('a URL', () => {
  test.each([
    ['redis://127.0.0.1', [{ host: '127.0.0.1', port: 6379 }], false, '', null, 0],
    ['rediss://a.example:6380/3', [{ host: 'a.example', port: 6380 }], true, '', null, 3],
    ['redis://[::1]:7000', [{ host: '::1', port: 7000 }], false, '', null, 0],
    [
      'rediss://us%40er:p%3Aa%2Fs%40s:w@a:1,b,[fd00::1]:3/',
      [
        { host: 'a', port: 1 },
        { host: 'b', port: 6379 },
        { host: 'fd00::1', port: 3 },
      ],
      true,
      'us@er',
      'p:a/s@s:w',
      0,
    ],
    ['redis://:pw@localhost', [{ host: 'localhost', port: 6379 }], false, '', 'pw', 0],
    ['redis://app@localhost', [{ host: 'localhost', port: 6379 }], false, 'app', null, 0],
  ])('%s', (text, hosts, tls, user, password, database) => {
    const place = parseRedis(text)
    expect(place).toMatchObject({ hosts, tls, user, database })
    expect(place?.password?.reveal() ?? null).toBe(password)
    expect(JSON.stringify(place)).not.toContain('p:a')
  })

  test.each([
    'memory:',
    'http://a',
    'redis://',
    'redis:///0',
    'redis://a:0',
    'redis://a:65536',
    'redis://a/x',
    'redis://a/0?tls=false',
    'redis://a/0#x',
    'redis://a,,b',
    'redis://a b',
    'redis://[1.2.3.4]',
    'redis://u:%zz@a',
    'redis://u:p@a@b',
    ' redis://a',
    'redis://a\n',
  ])('%j is none', (text) => {
    expect(parseRedis(text)).toBeNull()
  })
})

/** The problems of these lines of `[sessions]`. */
function problems(...lines: readonly string[]): string {
  const text = ['[vault]', 'master_key_file = "k"', '[sessions]', ...lines].join('\n')
  try {
    loadConfig({ file: 'pangate.toml', text, env: {} })
  } catch (error) {
    if (error instanceof OperatorError) return error.message
    throw error
  }
  return ''
}

describe('the configuration', () => {
  test('takes one on this machine, or over TLS, or by permission', () => {
    expect(problems('url = "redis://127.0.0.1:6379"')).toBe('')
    expect(problems('url = "redis://localhost,[::1]:6380"')).toBe('')
    expect(problems('url = "rediss://redis.example"', 'password = "x"')).toBe('')
    expect(problems('url = "redis://redis.example"', 'allow_plaintext = true')).toBe('')
  })

  test('refuses the rest, and repeats no password', () => {
    expect(problems('url = "redis://127.0.0.1,redis.example"')).toContain('without TLS')
    expect(problems('url = "redis://127.0.0.1.example"')).toContain('without TLS')
    const twice = problems('url = "rediss://:hidden1@a"', 'password = "hidden2"')
    expect(twice).toContain('keep one')
    expect(twice).not.toContain('hidden')
    expect(problems('url = "redis://:hidden@"')).not.toContain('hidden')
    expect(problems('url = "redis://:hidden@"')).toContain('must be "memory:"')
    expect(problems('url = "rediss://a"', 'cert_file = "c"')).toContain('go together')
  })
})
