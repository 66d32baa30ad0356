/**
 * @module Hands traces to a collector by OTLP over HTTP: in batches, from a bounded queue, never waited for by a request.
 */
import { Agent as HttpAgent, request as httpRequest, type ClientRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Log } from './log.ts'
import { fault } from './log.ts'
import type { Metrics } from './metrics.ts'
import { exportOf, spansOf } from './otlp.ts'
import type { Timed } from './steps.ts'
import type { TraceSink } from './telemetry.ts'

export interface ExporterOptions {
  /** Where the collector is; `/v1/traces` is added. */
  readonly url: string
  /** Sent with each export: a key, say. */
  readonly headers: readonly (readonly [string, string])[]
  /** Of a hundred requests without a trace of the caller's, how many are recorded. */
  readonly percent: number
  /** Certificate authorities in PEM, in place of the built-in ones. */
  readonly ca?: readonly string[]
  /** A number from 0 up to 1; by default random. */
  readonly random?: () => number
}

/** Requests in one export, and how long the first of them waits for others. */
const BATCH = 64
const WAIT_MS = 1_000
/** Requests that wait. What comes when it is full is dropped, so that a dead collector costs a fixed amount of memory. */
const QUEUE = 2_048
const DEADLINE_MS = 5_000
/** How long the end of the program waits for a collector. */
const CLOSE_MS = 2_000
/** How often a collector that takes nothing is written about. */
const WARN_EACH_MS = 60_000

/** Opens the way to a collector; it is not asked for anything before the first trace. */
export function openExporter(options: ExporterOptions, metrics: Metrics, log: Log): TraceSink {
  const target = new URL(options.url.replace(/\/?$/, '/v1/traces'))
  const isTls = target.protocol === 'https:'
  // The certificate check is said aloud, because NODE_TLS_REJECT_UNAUTHORIZED would switch it off.
  const agent = isTls
    ? new HttpsAgent({
        keepAlive: true,
        maxSockets: 1,
        rejectUnauthorized: true,
        ...(options.ca && { ca: [...options.ca] }),
      })
    : new HttpAgent({ keepAlive: true, maxSockets: 1 })
  const random = options.random ?? Math.random
  let queue: string[] = []
  let timer: Timer | null = null
  let running: Promise<void> | null = null
  let warned = -Infinity
  let current: ClientRequest | null = null
  const dropped = (count: number): void => metrics.count('pangate_traces_dropped_total', [], count)

  function post(body: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const send = isTls ? httpsRequest : httpRequest
      const request = send(target, {
        agent,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          ...Object.fromEntries(options.headers),
        },
      })
      current = request
      const deadline = setTimeout(() => request.destroy(new Error('late')), DEADLINE_MS)
      const settle = (error: Error | null): void => {
        clearTimeout(deadline)
        if (error) reject(error)
        else resolve()
      }
      request.on('error', settle)
      request.on('response', (response) => {
        const { statusCode = 0 } = response
        response.on('error', settle)
        response.on('end', () =>
          settle(statusCode >= 200 && statusCode < 300 ? null : new StatusError(statusCode)),
        )
        // Its words are not read.
        response.resume()
      })
      request.end(body)
    })
  }

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      const batch = queue.splice(0, BATCH)
      try {
        await post(exportOf(batch))
        metrics.count('pangate_traces_exported_total', [], batch.length)
      } catch (error) {
        // Not tried again: traces are worth less than the memory that they would wait in.
        dropped(batch.length)
        if (performance.now() - warned < WARN_EACH_MS) continue
        warned = performance.now()
        const status = error instanceof StatusError ? { status: error.status } : fault(error)
        log.warn('traces.dropped', { count: batch.length, ...status })
      }
    }
  }

  function flush(): Promise<void> {
    if (timer !== null) clearTimeout(timer)
    timer = null
    running ??= drain().finally(() => {
      running = null
    })
    return running
  }

  return {
    add(request: Timed) {
      const wanted = request.parent ? request.parent.sampled : random() * 100 < options.percent
      if (!wanted) return
      if (queue.length >= QUEUE) return dropped(1)
      queue.push(spansOf(request))
      if (queue.length >= BATCH) void flush()
      else timer ??= setTimeout(() => void flush(), WAIT_MS).unref()
    },
    async close(limit = CLOSE_MS) {
      const late = Promise.withResolvers<void>()
      const timer = setTimeout(() => {
        dropped(queue.length)
        queue = []
        // What is on its way fails by this, and is counted there.
        current?.destroy(new Error('closed'))
        late.resolve()
      }, limit)
      await Promise.race([flush(), late.promise])
      await running
      clearTimeout(timer)
      agent.destroy()
    },
  }
}

class StatusError extends Error {
  readonly status: number

  constructor(status: number) {
    super('the collector refused')
    this.status = status
  }
}
