/**
 * @module A server with several workers: which processes it has, what each logged, and callers that count what they lose.
 */
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tryPort } from '../../src/cli/listen.ts'
import type { Served } from '../support/installed.ts'
import { rawRequest } from '../support/raw.ts'

/** A line of the log. */
export interface Line {
  readonly event: string
  readonly worker?: number
  readonly pid?: number
  readonly reason?: string
  readonly count?: number
}

/** All lines that were logged. */
export function linesOf({ program }: Pick<Served, 'program'>): readonly Line[] {
  return program
    .stderr()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
}

/** The process of each worker, by its number: those that listen now. */
export function workersOf(served: Pick<Served, 'program'>): ReadonlyMap<number, number> {
  const workers = new Map<number, number>()
  for (const { event, worker = 0, pid = 0 } of linesOf(served)) {
    if (event === 'worker.ready') workers.set(worker, pid)
    if (/^worker\.(?:died|ended)$/.test(event) && workers.get(worker) === pid) {
      workers.delete(worker)
    }
  }
  return workers
}

/** Whether a process runs; one that has ended and was not asked after does not. */
export function runs(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** Waits until something holds. Looks again when it was asked to wait, not by a clock of its own. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 15_000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`it did not come about: ${what}`)
    await Bun.sleep(5)
  }
}

/** What became of many requests. */
export interface Tally {
  /** By status. */
  readonly answers: Map<number, number>
  /** Those without an answer, in words. */
  readonly lost: string[]
  /** How many so far, answered or lost. */
  done(): number
}

/**
 * Sends requests one after the other on so many connections, each kept as long as the server keeps it, as an application's
 * client does. A connection that ends between two requests is opened anew; one that ends in the middle of a request is a
 * loss. Stops when `enough` says so.
 */
export function callers(
  port: number,
  connections: number,
  request: (number: number) => string,
  enough: (done: number) => boolean,
): { readonly tally: Tally; readonly finished: Promise<void> } {
  const answers = new Map<number, number>()
  const lost: string[] = []
  let done = 0
  let next = 0

  async function one(): Promise<void> {
    let connection = await open(port)
    while (!enough(done)) {
      if (connection.isOver()) connection = await open(port)
      const answer = await connection.ask(request(next++))
      done++
      if (typeof answer === 'number') answers.set(answer, (answers.get(answer) ?? 0) + 1)
      else lost.push(answer)
    }
    connection.close()
  }
  const finished = Promise.all(Array.from({ length: connections }, one)).then(() => undefined)
  return { tally: { answers, lost, done: () => done }, finished }
}

interface Connection {
  /** The status of the answer, or what happened in place of one. */
  ask(request: string): Promise<number | string>
  isOver(): boolean
  close(): void
}

/** A connection that knows when an answer is whole, by its length. */
function open(port: number): Promise<Connection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let over = false
  let asked = 0
  let text = ''
  let waiting: ((answer: number | string) => void) | null = null
  const end = (why: string): void => {
    over = true
    waiting?.(`${why} after ${text.length} bytes, at request ${asked} of its connection`)
    waiting = null
  }
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
    const head = text.indexOf('\r\n\r\n')
    const length = Number(/^content-length: (\d+)/im.exec(text)?.[1] ?? NaN)
    if (head < 0 || text.length < head + 4 + length) return
    if (/^connection: close/im.test(text.slice(0, head))) over = true
    const status = Number(text.slice(9, 12))
    text = ''
    waiting?.(status)
    waiting = null
  })
  socket.on('error', (error) => end(error.message))
  socket.on('close', () => end('closed'))
  const connection: Connection = {
    ask: (request) =>
      new Promise((resolve) => {
        waiting = resolve
        asked++
        socket.write(request)
      }),
    isOver: () => over,
    close: () => socket.destroy(),
  }
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(connection))
    socket.once('error', reject)
  })
}

/** A forward of a request of the caller's own, without a card, as the bytes of a request. */
export function forwardText(key: string, url: string, idempotency: string): string {
  const body = JSON.stringify({ request: { url, body: {} } })
  const headers = [
    'Host: gateway.test',
    `Authorization: Bearer ${key}`,
    `Idempotency-Key: ${idempotency}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ]
  return rawRequest('POST /v1/forward HTTP/1.1', headers, body)
}

/** An address of this machine that nobody listens on now. */
export async function freeAddress(): Promise<string> {
  const found = await tryPort('127.0.0.1', 0)
  if (typeof found === 'string') throw new Error(found)
  return `127.0.0.1:${found.port}`
}
