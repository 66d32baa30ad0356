/**
 * @module Sends notifications, to this machine alone, once each, and keeps what came of them.
 */
import { request as overHttp } from 'node:http'
import { request as overHttps } from 'node:https'
import { mask } from '../mask.ts'

export interface Notified {
  readonly at: number
  readonly url: string
  /** Masked. */
  readonly body: string
  /** Of the answer; null while there is none, and where there was none. */
  readonly status: number | null
  /** The answer's beginning, masked. */
  readonly answer: string | null
  /** Why there was no answer, or nothing was sent. */
  readonly problem: string | null
}

export interface Notifier {
  /** Returns at once; a fault is kept and not thrown. */
  send(url: string, headers: Readonly<Record<string, string>>, body: string): void
  /** The last 500, oldest first. */
  list(): readonly Notified[]
  clear(): void
  /** Ends what is under way. */
  stop(): void
}

const KEPT = 500
/** How many may be under way. */
const MOST = 32
const PATIENCE_MS = 5_000
const ANSWER = 4_096
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/** @param clock milliseconds since 1970 */
export function createNotifier(clock: () => number): Notifier {
  type Entry = { -readonly [N in keyof Notified]: Notified[N] }
  let kept: Entry[] = []
  const running = new Set<AbortController>()

  function send(url: string, headers: Readonly<Record<string, string>>, body: string): void {
    const entry: Entry = {
      at: clock(),
      url: mask(url),
      body: mask(body),
      status: null,
      answer: null,
      problem: null,
    }
    kept.push(entry)
    if (kept.length > 2 * KEPT) kept = kept.slice(-KEPT)
    const target = URL.parse(url)
    if (!target || !/^https?:$/.test(target.protocol) || !LOOPBACK.test(target.hostname)) {
      entry.problem = 'not sent: the sandbox notifies addresses of this machine alone'
      return
    }
    if (running.size >= MOST) {
      entry.problem = 'not sent: too many are under way'
      return
    }
    post(entry, target, headers, body)
  }

  function post(
    entry: Entry,
    target: URL,
    headers: Readonly<Record<string, string>>,
    body: string,
  ): void {
    const stop = new AbortController()
    const timer = setTimeout(() => stop.abort(), PATIENCE_MS)
    running.add(stop)
    const end = (problem: string | null): void => {
      clearTimeout(timer)
      running.delete(stop)
      entry.problem ??= problem
    }
    const request = target.protocol === 'https:' ? overHttps : overHttp
    const sent = request(
      target,
      {
        method: 'POST',
        agent: false,
        signal: stop.signal,
        // The name is this machine's whatever a name server says.
        ...(target.hostname === 'localhost' && { hostname: '127.0.0.1', servername: 'localhost' }),
        headers: {
          'content-type': 'application/json; charset=utf-8',
          ...headers,
          host: target.host,
          'content-length': Buffer.byteLength(body),
        },
      },
      (response) => {
        entry.status = response.statusCode ?? null
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          if (text.length < ANSWER) text += chunk
        })
        response.on('error', (error) => end(codeOf(error)))
        response.on('end', () => {
          entry.answer = mask(text.slice(0, ANSWER))
          end(null)
        })
      },
    )
    sent.on('error', (error) => end(`failed: ${codeOf(error)}`))
    sent.end(body)
  }

  return {
    send,
    list: () => kept.slice(-KEPT),
    clear() {
      kept = []
    },
    stop() {
      for (const one of running) one.abort()
    },
  }
}

function codeOf(error: Error & { code?: string }): string {
  return error.code ?? error.name
}
