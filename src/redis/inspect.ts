/**
 * @module Looks a Redis over: whether it can do what is asked of it, and whether it writes security codes to a disk.
 */
import type { Connection, Send } from './connection.ts'
import { faultOf } from './fault.ts'

export interface Found {
  /** `fatal`: it is not to be used. */
  readonly level: 'note' | 'warning' | 'fatal'
  /** One sentence about the server. */
  readonly message: string
  /** What to do, as a command where there is one. */
  readonly next: string
}

/** GETDEL, which takes a session for one, came with this version. */
const LEAST = [6, 2] as const

/** A key of no meaning, for trying out what the user may do. */
const TRIAL = 'pangate:trial'

/** Everything that is to be said of a server. Throws RedisFault when it is lost on the way. */
export async function inspectRedis({ send, hello }: Connection): Promise<readonly Found[]> {
  const { version, mode } = await hello()
  const found: Found[] = []
  if (mode === 'sentinel' || mode === 'cluster') {
    found.push({
      level: 'fatal',
      message: `is a Redis ${mode === 'cluster' ? 'Cluster node' : 'Sentinel'}, which is not supported`,
      next: 'name a primary and its replicas in [sessions] url: redis://a:6379,b:6379',
    })
  }
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major < LEAST[0] || (major === LEAST[0] && minor < LEAST[1])) {
    found.push({
      level: 'fatal',
      message: `is of version ${version}, which has no GETDEL`,
      next: `use Redis ${LEAST.join('.')} or newer, or Valkey`,
    })
  }
  return [...found, ...(await tryCommands(send)), ...(await inspectSettings(send))]
}

/** Does once what will be done to sessions and rate limits. */
async function tryCommands(send: Send): Promise<readonly Found[]> {
  const trials: readonly (readonly [string, ...string[]])[] = [
    ['SET', TRIAL, '1', 'PX', '1000'],
    ['GET', TRIAL],
    ['GETDEL', TRIAL],
    ['DEL', TRIAL],
    ['EVAL', 'return 1', '1', TRIAL],
  ]
  const found: Found[] = []
  for (const [command, ...args] of trials) {
    const code = await send(command, args).then(() => null, refusal)
    if (code === 'NOPERM') {
      found.push({
        level: 'fatal',
        message: `does not let this user ${command}`,
        next: "redis-cli ACL SETUSER NAME '~pangate:*' +set +get +getdel +del +eval +evalsha +time",
      })
    } else if (code !== null) {
      const next = code === 'OOM' ? 'redis-cli CONFIG GET maxmemory' : 'redis-cli INFO'
      found.push({ level: 'warning', message: `answers ${command} with ${code}`, next })
    }
  }
  return found
}

interface Check {
  readonly setting: string
  readonly holds: (value: string) => boolean
  readonly found: Found
}

/** A file keeps what was deleted, and a security code may not be kept after the authorization (PCI DSS 4.0.1, 3.3.1). */
const CHECKS: readonly Check[] = [
  {
    setting: 'save',
    holds: (value) => value === '',
    found: {
      level: 'fatal',
      message: 'writes snapshots to its disk, with security codes in them (`save`)',
      next: 'redis-cli CONFIG SET save "", and the same in its configuration',
    },
  },
  {
    setting: 'appendonly',
    holds: (value) => value === 'no',
    found: {
      level: 'fatal',
      message: 'writes every command to its disk, with security codes in them (`appendonly`)',
      next: 'redis-cli CONFIG SET appendonly no, and the same in its configuration',
    },
  },
  {
    setting: 'maxmemory-policy',
    holds: (value) => value === 'noeviction',
    found: {
      level: 'note',
      message: 'forgets sessions before their time when its memory is full (`maxmemory-policy`)',
      next: 'redis-cli CONFIG SET maxmemory-policy noeviction',
    },
  },
]

async function inspectSettings(send: Send): Promise<readonly Found[]> {
  const found: Found[] = []
  for (const { setting, holds, found: wrong } of CHECKS) {
    try {
      const answer: unknown = await send('CONFIG', ['GET', setting])
      const value: unknown = Reflect.get(Object(answer), setting)
      if (typeof value === 'string' && !holds(value)) found.push(wrong)
    } catch (error) {
      refusal(error)
      return [
        {
          level: 'note',
          message:
            'does not let this user CONFIG GET: whether it writes to its disk could not be checked',
          next: 'see that save and appendonly are off there',
        },
      ]
    }
  }
  return found
}

/** The code of a refusal. Throws what is none. */
function refusal(error: unknown): string {
  const fault = faultOf(error)
  if (fault.trouble !== 'refused') throw fault
  return fault.code
}
