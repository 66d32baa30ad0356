/**
 * @module Many machines under load, and every fault of them once: nothing acknowledged lost, nothing sent twice, nothing stale used.
 */
import { expect, test } from 'bun:test'
import { noCluster, runCluster } from './run.ts'

/** The long form is `bun run test:cluster`. */
const ROUNDS = 1

const reason = noCluster()
if (reason !== null) console.log(`skipped: the cluster: ${reason}`)

test.skipIf(reason !== null)(
  'three nodes, a primary and its replica, Redis and HAProxy: each fails once under load, and all that was told is true',
  async () => {
    const { status, output } = await runCluster(ROUNDS, (text) => process.stdout.write(text))
    expect(output).toContain('\n0 violations')
    expect(status).toBe(0)
  },
  300_000,
)
