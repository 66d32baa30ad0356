/**
 * @module HAProxy with the very configuration of docs/haproxy.cfg, in which the places alone are the run's own.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { leashed } from '../support/leash.ts'
import { freshFolder } from '../support/run.ts'
import type { Pair } from '../support/certificates.ts'

const CONFIGURATION = join(import.meta.dir, '../../docs/haproxy.cfg')

/** Why there can be none; null where there can. */
export function noHaproxy(): string | null {
  return haproxy() === null ? 'haproxy is not installed' : null
}

/** Debian has it where only root looks. */
function haproxy(): string | null {
  return Bun.which('haproxy', { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` })
}

export interface Balancer {
  readonly url: string
  stop(): Promise<void>
}

/** Starts it at an address, in front of three nodes, and waits until it listens. */
export async function startHaproxy(
  address: string,
  pair: Pair,
  [a = '', b = '', c = '']: readonly string[],
): Promise<Balancer> {
  const dir = freshFolder('haproxy')
  const certificate = join(dir, 'haproxy.pem')
  writeFileSync(certificate, pair.cert + pair.key, { mode: 0o600 })
  const child = Bun.spawn(leashed([haproxy() ?? 'haproxy', '-db', '-f', CONFIGURATION]), {
    stdin: 'ignore',
    stdout: Bun.file(join(dir, 'haproxy.log')),
    stderr: Bun.file(join(dir, 'haproxy.err')),
    env: {
      PANGATE_LB_LOG: '127.0.0.1:9',
      PANGATE_LB_BIND: address,
      PANGATE_LB_CERTIFICATE: certificate,
      PANGATE_LB_NODE_A: a,
      PANGATE_LB_NODE_B: b,
      PANGATE_LB_NODE_C: c,
    },
  })
  const url = `https://${address}`
  for (let tries = 0; ; tries++) {
    const up = await fetch(`${url}/healthz`, { tls: { rejectUnauthorized: false } }).then(
      ({ status }) => status === 200,
      () => false,
    )
    if (up) break
    if (child.exitCode !== null || tries > 300) {
      const said = await Bun.file(join(dir, 'haproxy.err')).text()
      throw new Error(`haproxy does not serve: ${said}`)
    }
    // It tells nobody when it serves.
    await Bun.sleep(50)
  }
  return {
    url,
    async stop() {
      child.kill('SIGKILL')
      await child.exited
    },
  }
}
