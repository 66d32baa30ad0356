/**
 * @module Requests at times of their own (an open loop, arrivals by chance at a fixed rate): each counts from the moment
 * it was due, so that a stall shows in all that had to wait. `bun open_loop.ts SETTINGS`, prints one line of JSON.
 */
import { connect } from 'bun'
import { quantile } from './stats.ts'

export interface OpenLoopSettings {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Requests a second. */
  readonly rate: number
  readonly seconds: number
  /** Seconds before that, not counted. */
  readonly warm: number
  /** A file with an authority in PEM. */
  readonly ca?: string
}

/** Milliseconds. */
export interface OpenLoopResult {
  readonly requests: number
  readonly errors: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly most: number
  /** How long requests waited for this program itself, at p99: what it cannot see better than. */
  readonly own: number
}

const MOST_CONNECTIONS = 1024

// The starter wrote it from this very type.
const settings = JSON.parse(process.argv[2] ?? '{}') as OpenLoopSettings
const { url, headers, body, rate, seconds, warm, ca } = settings
const { hostname, port, protocol, pathname } = new URL(url)
const tls =
  protocol === 'https:' ? { ca: await Bun.file(ca ?? '').text(), serverName: hostname } : undefined
const lines = Object.entries({
  host: `${hostname}:${port}`,
  ...headers,
  'content-length': String(Buffer.byteLength(body)),
}).map(([name, value]) => `${name}: ${value}\r\n`)
const bytes = Buffer.from(`POST ${pathname} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)

interface Lane {
  write(data: Uint8Array): unknown
  /** When its request was due; negative where it has none. */
  due: number
  text: string
}

const idle: Lane[] = []
const times: number[] = []
const waits: number[] = []
let lanes = 0
let errors = 0
const began = performance.now()
const from = began + warm * 1000
const until = from + seconds * 1000

async function open(): Promise<void> {
  lanes++
  const lane: Lane = { write: () => 0, due: -1, text: '' }
  const ended = (): void => {
    lanes--
    if (lane.due >= from) errors++
    const at = idle.indexOf(lane)
    if (at >= 0) idle.splice(at, 1)
  }
  const ready = (write: Lane['write']): void => {
    lane.write = write
    idle.push(lane)
  }
  await connect({
    hostname: tls ? 'localhost' : hostname,
    port: Number(port),
    ...(tls && { tls }),
    socket: {
      open: (socket) => {
        if (!tls) ready((data) => socket.write(data))
      },
      handshake: (socket) => ready((data) => socket.write(data)),
      data(_, chunk) {
        lane.text += chunk.toString('latin1')
        const status = complete(lane.text)
        if (status === null) return
        if (lane.due >= from) {
          times.push(performance.now() - lane.due)
          if (status < 200 || status > 299) errors++
        }
        lane.due = -1
        lane.text = ''
        idle.push(lane)
      },
      close: ended,
      error: ended,
    },
  })
}

/** The status of an answer, once it is whole. */
function complete(text: string): number | null {
  const head = text.indexOf('\r\n\r\n')
  if (head < 0) return null
  const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1]
  const whole =
    length === undefined ? text.endsWith('0\r\n\r\n') : text.length >= head + 4 + Number(length)
  return whole ? Number(text.slice(9, 12)) : null
}

const next = (): number => (-Math.log(1 - Math.random()) / rate) * 1000

await Promise.all(Array.from({ length: 64 }, open))
let due = performance.now() + next()
const waiting: number[] = []
await new Promise<void>((done) => {
  function turn(): void {
    const now = performance.now()
    for (; due <= now && due < until; due += next()) waiting.push(due)
    while (waiting.length > 0) {
      const lane = idle.pop()
      if (!lane) {
        if (lanes < MOST_CONNECTIONS) void open().catch(() => errors++)
        break
      }
      lane.due = waiting.shift() ?? now
      if (lane.due >= from) waits.push(performance.now() - lane.due)
      lane.write(bytes)
    }
    const over = now > until && (lanes === idle.length || now > until + 5000)
    // It never sleeps: a timer would be a millisecond late, which is more than what is measured.
    if (over) done()
    else setImmediate(turn)
  }
  turn()
})
errors += lanes - idle.length
const at = (share: number): number => quantile(times, share)
const result: OpenLoopResult = {
  requests: times.length,
  errors,
  p50: at(0.5),
  p90: at(0.9),
  p99: at(0.99),
  most: at(1),
  own: quantile(waits, 0.99),
}
console.log(JSON.stringify(result))
process.exit(0)
