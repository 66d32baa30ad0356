/**
 * @module One PSP that hangs, beside another: `bun bench/starve.ts [--short]`. What 500 calls that wait at one do to the times of the other,
 * in turns: quiet, hanging, quiet, so that the two quiet ones say what the machine itself does.
 */
import { connect } from 'bun'
import { need } from './support/machine.ts'
import { sized } from './support/options.ts'
import { command, install, serve } from './support/pangate.ts'
import { report, short, table } from './support/report.ts'
import { nativeShot, tryShot, type Shot } from './support/shots.ts'
import { median } from './support/stats.ts'
import { steady } from './support/steady.ts'
import { startUpstream } from './support/upstream.ts'
import { saturate } from './support/wrk.ts'

const ROUNDS = sized(5, 1)
const SECONDS = sized(4, 2)
const WARM_SECONDS = 1
const CALLS = 500
/** As shipped: so many calls to one destination wait, and of one tenant three quarters of them. */
const PLACES = 256
const WAITING = 192

need('nginx', 'wrk', 'taskset')
const upstream = await startUpstream()
const hanging = startHanging()
const site = install(upstream, {
  PANGATE_LIMITS_CONCURRENT_REQUESTS: '2048',
  PANGATE_LIMITS_CONCURRENT_PER_DESTINATION: String(PLACES),
  PANGATE_EGRESS_TIMEOUT_MS: '120000',
})
const port = String(hanging.port)
command(site, 'destination', 'add', 'localhost', '--port', port, '--tenant', 'shop')
const pangate = await serve(site)
const shot = nativeShot(pangate, upstream.tls)
const stuck = nativeShot(pangate, `https://localhost:${port}`)
await tryShot(shot)
const { perSecond } = await saturate(shot, 32, sized(5, 2))
const rate = perSecond / 2

const rounds = []
for (let round = 0; round < ROUNDS; round++) {
  const before = await times()
  const calls = await hang()
  const during = await times()
  const waited = hanging.waiting()
  hanging.release()
  const refused = await calls.end()
  const after = await times()
  const quiet = { p50: (before.p50 + after.p50) / 2, p99: (before.p99 + after.p99) / 2 }
  rounds.push({
    round: round + 1,
    waited,
    refused,
    'quiet p50, ms': quiet.p50,
    'beside p50, ms': during.p50,
    'quiet p99, ms': quiet.p99,
    'beside p99, ms': during.p99,
    ratio: during.p99 / quiet.p99,
    'quiet to quiet': after.p99 / before.p99,
    errors: before.errors + during.errors + after.errors,
  })
}
const ratio = median(rounds.map((round) => round.ratio))
const own = median(rounds.map((round) => round['quiet to quiet']))
const rows = rounds.map((round) =>
  Object.fromEntries(
    Object.entries(round).map(([name, value]) => [
      name,
      Number.isInteger(value) ? value : short(value),
    ]),
  ),
)
report(
  'A PSP that hangs beside another',
  'bun bench/starve.ts',
  `${CALLS} calls to a PSP that answers none, with the limits as shipped: ${WAITING} wait, the others are told at once. Meanwhile ${short(rate)} requests/s
(half of what Pangate can do) go to another PSP, by chance, for ${SECONDS} s. \`ratio\` is the p99 of these with the hanging calls to that without, of the same
round; \`quiet to quiet\` is the same between the two quiet parts, where nothing differs.

${table(rows)}

Goal: less than 1.1. Measured: ${short(ratio)} (median), and ${short(own)} where nothing differs. Reached: ${ratio < 1.1 ? 'yes' : 'no'}.`,
)
process.exit(0)

function times() {
  return steady(shot, { rate, seconds: SECONDS, warm: WARM_SECONDS })
}

/** A PSP that answers when it is told to. */
function startHanging() {
  let held = Promise.withResolvers<void>()
  let count = 0
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    development: false,
    idleTimeout: 255,
    tls: { cert: Bun.file(upstream.cert), key: Bun.file(upstream.key) },
    async fetch() {
      count++
      await held.promise
      count--
      return Response.json({ id: 'ch_3MtwBwLkdIwHu7ix28a3tqPa' })
    },
  })
  return {
    port: server.port ?? 0,
    waiting: () => count,
    release() {
      held.resolve()
      held = Promise.withResolvers()
    },
  }
}

/** Begins the calls, each on a connection of its own; resolves when as many wait as may. */
async function hang(): Promise<{ end(): Promise<number> }> {
  const bytes = requestOf(stuck)
  const { hostname, port: own } = new URL(pangate.url)
  const full = Promise.withResolvers<void>()
  let refused = 0
  let answered = 0
  const all = Promise.withResolvers<void>()
  const check = (): void => {
    if (refused >= CALLS - WAITING) full.resolve()
    if (answered === CALLS) all.resolve()
  }
  for (let at = 0; at < CALLS; at++) {
    await connect({
      hostname,
      port: Number(own),
      socket: {
        open: (socket) => void socket.write(bytes),
        data(socket, chunk) {
          answered++
          if (chunk.toString('latin1').startsWith('HTTP/1.1 503')) refused++
          socket.end()
          check()
        },
      },
    })
  }
  await full.promise
  return {
    async end() {
      await all.promise
      return refused
    },
  }
}

function requestOf({ url, headers, body }: Shot): Buffer {
  const { pathname } = new URL(url)
  const all = { host: 'a', ...headers, 'content-length': String(Buffer.byteLength(body)) }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`POST ${pathname} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
}
