/**
 * @module All there is: a libSQL primary and a replica of it, Redis, three nodes (one of them far away), HAProxy, a PSP.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { install, type Installed, type Served } from '../support/installed.ts'
import { redisCertificates, startRedis, type RedisServer } from '../support/redis.ts'
import { freshFolder } from '../support/run.ts'
import { startSqld, type Sqld } from '../support/sqld.ts'
import { client, type Call } from './client.ts'
import { startHaproxy, type Balancer } from './haproxy.ts'
import { BACK, farWrapper, FRONT } from './network.ts'
import { startClusterPsp, type ClusterPsp } from './psp.ts'

/** The bounds that the run checks. */
export const TIMEOUT_MS = 1500
export const INTERVAL_MS = 250
export const MAX_STALE_MS = 4000
/** Of a forward. */
export const DEADLINE_MS = 5000

export type NodeName = 'a' | 'b' | 'c'

interface Place {
  readonly address: string
  readonly env: Readonly<Record<string, string>>
  readonly wrapper: readonly string[]
}

const PLACES: Readonly<Record<NodeName, Place>> = {
  a: { address: '127.0.0.1:8401', env: { PANGATE_SERVER_WORKERS: '2' }, wrapper: [] },
  b: { address: '127.0.0.1:8402', env: {}, wrapper: [] },
  c: { address: `${FRONT.far}:8403`, env: {}, wrapper: farWrapper() },
}
export const NAMES: readonly NodeName[] = ['a', 'b', 'c']

export interface World {
  readonly primary: Sqld
  readonly replica: Sqld
  readonly redis: RedisServer
  readonly psp: ClusterPsp
  readonly shop: Installed
  /** Through the load balancer, by TLS. */
  readonly call: Call
  /** Past it, to one node. */
  at(name: NodeName, key?: string): Call
  pid(name: NodeName): number
  start(name: NodeName): Promise<void>
  /** Ends it as a machine that loses its power. */
  kill(name: NodeName): Promise<void>
  /** Asks it to end, and waits until it has. */
  retire(name: NodeName): Promise<void>
  /** Whether all nodes take requests. */
  ready(): Promise<boolean>
  /** All that a node ever logged. */
  logs(): string
  stop(): Promise<void>
}

const PASSWORD = 'of-the-cluster'

/** Starts it all. */
export async function openWorld(): Promise<World> {
  const { caFile, pairs } = await redisCertificates([FRONT.here, BACK.here, 'localhost'])
  const [pair] = pairs
  if (!pair) throw new Error('one was asked for')
  const psp = await startClusterPsp(FRONT.here, pair)
  const primary = await startSqld({ auth: true, host: BACK.here })
  const replica = await startSqld({ replicaOf: primary })
  const redis = await startRedis({
    tls: pair,
    password: PASSWORD,
    lines: [`bind 127.0.0.1 ${BACK.here}`],
  })
  const tokenFile = join(freshFolder('cluster'), 'db.token')
  writeFileSync(tokenFile, primary.token ?? '', { mode: 0o600 })
  const server = {
    PANGATE_DATABASE_AUTH_TOKEN_FILE: tokenFile,
    PANGATE_DATABASE_ALLOW_PLAINTEXT: 'true',
    PANGATE_DATABASE_TIMEOUT_MS: String(TIMEOUT_MS),
  }
  const shop = await install(
    { caFile, port: psp.port },
    // Commands have time: they ask what is true, and a machine that does other things as well may be slow to tell.
    { ...server, PANGATE_DATABASE_URL: primary.url, PANGATE_DATABASE_TIMEOUT_MS: '30000' },
  )
  await shop.command(
    ...['destination', 'add', FRONT.here, '--port', String(psp.port), '--tenant', 'shop'],
  )
  const common = {
    ...server,
    PANGATE_DATABASE_SYNC_URL: primary.url,
    PANGATE_DATABASE_SYNC_INTERVAL_MS: String(INTERVAL_MS),
    PANGATE_DATABASE_MAX_STALE_MS: String(MAX_STALE_MS),
    PANGATE_SESSIONS_URL: `rediss://${BACK.here}:${redis.port}/0`,
    PANGATE_SESSIONS_PASSWORD: PASSWORD,
    PANGATE_SESSIONS_CA_FILE: caFile,
    PANGATE_EGRESS_PRIVATE_NETWORKS: '["10.77.0.0/16"]',
    PANGATE_SERVER_TRUSTED_PROXIES: '["127.0.0.0/8", "10.77.0.0/16"]',
    PANGATE_SERVER_PUBLIC_URL: `https://${FRONT.here}:8443`,
    // Enough for all, and counted in Redis.
    PANGATE_LIMITS_KEY_RATE: '5000/s burst 5000',
  }
  const nodes = new Map<NodeName, Served>()
  const ended: string[] = []
  const start = async (name: NodeName): Promise<void> => {
    const { address, env, wrapper } = PLACES[name]
    const own = {
      PANGATE_SERVER_NODE: name,
      PANGATE_SERVER_LISTEN: address,
      PANGATE_DATABASE_URL: `file:${name}.db`,
    }
    nodes.set(name, await shop.serve({ ...common, ...own, ...env }, wrapper))
  }
  const node = (name: NodeName): Served => {
    const served = nodes.get(name)
    if (!served) throw new Error(`${name} was never started`)
    return served
  }
  const end = async (name: NodeName, signal: NodeJS.Signals): Promise<void> => {
    const { program } = node(name)
    // Not by its `stop`, which first copies all that the node has written.
    process.kill(program.pid, signal)
    await program.exited
    ended.push(program.stderr())
  }
  await Promise.all(NAMES.map(start))
  const authority = await Bun.file(caFile).text()
  const balancer: Balancer = await startHaproxy(
    `${FRONT.here}:8443`,
    pair,
    NAMES.map((name) => PLACES[name].address),
  )
  const at = (name: NodeName, key = shop.key): Call =>
    client(`http://${PLACES[name].address}`, key, authority)
  const probes = NAMES.map((name) => at(name))
  return {
    primary,
    replica,
    redis,
    psp,
    shop,
    call: client(balancer.url, shop.key, authority),
    at,
    pid: (name) => node(name).program.pid,
    start,
    kill: (name) => end(name, 'SIGKILL'),
    retire: (name) => end(name, 'SIGTERM'),
    async ready() {
      const answers = await Promise.all(probes.map((probe) => probe('GET', '/readyz')))
      return answers.every(({ status }) => status === 200)
    },
    logs: () => [...ended, ...NAMES.map((name) => node(name).program.stderr())].join('\n'),
    async stop() {
      await balancer.stop()
      await Promise.all(NAMES.map((name) => end(name, 'SIGTERM')))
      await Promise.all([primary.stop(), replica.stop(), redis.stop(), psp.stop()])
    },
  }
}
