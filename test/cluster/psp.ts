/**
 * @module The PSP's process, and what it wrote down.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Pair } from '../support/certificates.ts'
import { leashed } from '../support/leash.ts'
import { freshFolder } from '../support/run.ts'

/** One request that it got. */
export interface Arrival {
  /** The last part of its path: which payment it was. */
  readonly op: string
  /** Of the card's number. */
  readonly last4: string
  readonly at: number
}

export interface ClusterPsp {
  readonly url: string
  readonly port: number
  /** All that came, by payment. */
  arrivals(): ReadonlyMap<string, readonly Arrival[]>
  stop(): Promise<void>
}

/** Starts it on a free port. */
export async function startClusterPsp(host: string, pair: Pair): Promise<ClusterPsp> {
  const dir = freshFolder('psp')
  const [cert, key, file] = [join(dir, 'psp.crt'), join(dir, 'psp.key'), join(dir, 'arrivals')]
  writeFileSync(cert, pair.cert)
  writeFileSync(key, pair.key, { mode: 0o600 })
  writeFileSync(file, '')
  const program = join(import.meta.dir, 'psp_process.ts')
  const child = Bun.spawn(leashed([process.execPath, program, host, cert, key, file]), {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const reader = child.stdout.getReader()
  const { value } = await reader.read()
  const port = Number(new TextDecoder().decode(value))
  if (!(port > 0)) throw new Error('the PSP did not start')
  return {
    url: `https://${host}:${port}`,
    port,
    arrivals() {
      const lines = readFileSync(file, 'utf8').split('\n')
      const all = lines.filter((line) => line !== '').map((line): Arrival => JSON.parse(line))
      return Map.groupBy(all, ({ op }) => op)
    },
    async stop() {
      child.kill('SIGKILL')
      await child.exited
    },
  }
}
