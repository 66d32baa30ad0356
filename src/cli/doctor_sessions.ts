/**
 * @module The check of `pangate doctor` over the Redis of `[sessions] url`: each host, and what the primary would do with security codes.
 */
import type { Config } from '../config.ts'
import { connect } from '../redis/connection.ts'
import { diagnose } from '../redis/diagnose.ts'
import { inspectRedis } from '../redis/inspect.ts'
import { showHost, type RedisHost } from '../redis/place.ts'
import { targetOf, type RedisTarget } from '../redis/start.ts'
import { finding, refused, type Finding } from './doctor_finding.ts'

const CHECK = 'sessions'

/** Nothing where they are in memory. */
export async function checkSessions({ sessions }: Config): Promise<readonly Finding[]> {
  let target: RedisTarget | null
  try {
    target = targetOf(sessions)
  } catch (error) {
    return [refused(CHECK, error)]
  }
  if (!target) return []
  const { place } = target
  const found: Finding[] = []
  let primaries = 0
  for (const host of place.hosts) {
    const { primary, findings } = await checkHost(host, target)
    if (primary) primaries++
    found.push(...findings)
  }
  if (!place.tls && sessions.allow_plaintext) {
    const message = 'the way to Redis is not encrypted ([sessions] allow_plaintext)'
    found.push(finding('warning', CHECK, message, 'use rediss:// in [sessions] url'))
  }
  if (primaries === 0 && found.every(({ level }) => level !== 'fatal')) {
    const message =
      'no host is a primary: forwards that need a security code are refused until one is'
    found.push(finding('warning', CHECK, message, next(place.hosts[0], 'ROLE')))
  }
  if (primaries > 1) {
    const message = `${primaries} hosts say that they are the primary: sessions made on one node are unknown on another`
    found.push(finding('warning', CHECK, message, next(place.hosts[1], 'REPLICAOF HOST PORT')))
  }
  return found
}

async function checkHost(
  host: RedisHost,
  { place, tls }: RedisTarget,
): Promise<{ readonly primary: boolean; readonly findings: readonly Finding[] }> {
  const address = showHost(host)
  try {
    const connection = await connect(host, place, tls)
    try {
      const { role, version } = await connection.hello()
      const said = `${address}: Redis ${version}, ${role === 'replica' ? 'a replica' : 'the primary'}`
      const findings = [finding('ok', CHECK, said)]
      if (role === 'replica') return { primary: false, findings }
      for (const { level, message, next } of await inspectRedis(connection)) {
        findings.push(finding(level, CHECK, `${address} ${message}`, next))
      }
      return { primary: true, findings }
    } finally {
      connection.drop('checked')
    }
  } catch {
    const { reason, lasting } = await diagnose(host, place, tls)
    const level = lasting && place.hosts.length === 1 ? 'fatal' : 'warning'
    const message = `${address} cannot be used: ${reason}`
    return { primary: false, findings: [finding(level, CHECK, message, next(host, 'PING'))] }
  }
}

function next(host: RedisHost | undefined, command: string): string {
  return `redis-cli -h ${host?.host ?? 'HOST'} -p ${host?.port ?? 6379} ${command}`
}
