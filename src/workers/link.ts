/**
 * @module One end of a link between two processes: numbered calls in both directions, those of one turn written together.
 */
import type { Duplex } from 'node:stream'
import { GatewayError, OperatorError } from '../errors.ts'
import { encodeFrame, frameReader } from './frame.ts'

/** Calls by name: plain data in, plain data out. */
export type Calls = { readonly [name: string]: (...args: never[]) => Promise<unknown> }

/** `closed`: the other end is gone. `late`: it did not answer in time. `failed`: a fault of its own, told in its log. */
export type LinkFault = 'closed' | 'late' | 'failed'

/** No answer, or none that says what came of the call: it may have been carried out. */
export class LinkError extends Error {
  readonly kind: LinkFault

  constructor(kind: LinkFault, name: string) {
    super(`${name}: ${kind}`)
    this.name = 'LinkError'
    this.kind = kind
  }
}

export interface Link<Remote extends Calls> {
  /** Rejects with LinkError, or with the GatewayError or OperatorError that the other end threw. */
  call<Name extends keyof Remote & string>(
    name: Name,
    ...args: Parameters<Remote[Name]>
  ): ReturnType<Remote[Name]>
  /** Resolves when the other end is gone, or this one was closed. */
  readonly closed: Promise<void>
  /** Ends it. What waits is rejected. */
  close(): void
}

export interface LinkOptions<Remote extends Calls, Own extends Calls> {
  /** What the other end may call. */
  readonly calls: Own
  /** Milliseconds until a call of this name is given up. */
  readonly deadline: (name: keyof Remote & string) => number
  /** Told of an error in a call that is neither of our two kinds. */
  readonly failed: (error: unknown) => void
}

/** A call, an answer, or an error, each by the number of its call. */
const [ASK, ANSWER, FAULT] = [0, 1, 2]

interface Waiting {
  readonly name: string
  readonly until: number
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** How often late calls are looked for. */
const SWEEP_MS = 50

/** Links over a connection whose other end does the same. */
export function openLink<Remote extends Calls, Own extends Calls>(
  socket: Duplex,
  { calls, deadline, failed }: LinkOptions<Remote, Own>,
): Link<Remote> {
  const waiting = new Map<number, Waiting>()
  const ended = Promise.withResolvers<void>()
  let open = true
  let last = 0
  let outgoing: Buffer[] = []

  function put(...message: readonly unknown[]): void {
    if (!open) return
    outgoing.push(encodeFrame(message))
    // The next turn of the loop, so that whatever this turn asks and answers is one write.
    if (outgoing.length === 1) setImmediate(flush)
  }

  function flush(): void {
    const frames = outgoing
    outgoing = []
    if (open) socket.write(Buffer.concat(frames))
  }

  function take(message: unknown): void {
    // Made by put() at the other end, which is the same program.
    const [kind, number, ...rest] = message as [number, number, ...unknown[]]
    if (kind === ASK) void carryOut(number, rest)
    else settle(number, kind === FAULT, rest[0])
  }

  async function carryOut(number: number, asked: readonly unknown[]): Promise<void> {
    // The other end can name only what the type of its link has, with arguments of its types.
    const [name, args] = asked as [string, never[]]
    try {
      const run = calls[name]
      if (!run) throw new TypeError('no such call')
      put(ANSWER, number, await run(...args))
    } catch (error) {
      const told = faultOf(error)
      if (told === null) failed(error)
      put(FAULT, number, told)
    }
  }

  function settle(number: number, isFault: boolean, value: unknown): void {
    const call = waiting.get(number)
    // Given up meanwhile.
    if (!call) return
    waiting.delete(number)
    if (isFault) call.reject(errorOf(value) ?? new LinkError('failed', call.name))
    else call.resolve(value)
  }

  function end(): void {
    if (!open) return
    open = false
    clearInterval(sweep)
    for (const { name, reject } of waiting.values()) reject(new LinkError('closed', name))
    waiting.clear()
    socket.destroy()
    ended.resolve()
  }

  const sweep = setInterval(() => {
    const now = performance.now()
    for (const [number, { name, until, reject }] of waiting) {
      if (until > now) continue
      waiting.delete(number)
      reject(new LinkError('late', name))
    }
  }, SWEEP_MS)
  sweep.unref()

  socket.on('data', frameReader(take))
  socket.on('error', end)
  socket.on('end', end)
  socket.on('close', end)

  const call = (name: string, ...args: readonly unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (!open) return reject(new LinkError('closed', name))
      const number = ++last
      put(ASK, number, name, args)
      waiting.set(number, { name, until: performance.now() + deadline(name), resolve, reject })
    })

  return {
    // The other end answers a call with what its type says, because it is the same program.
    call: call as unknown as Link<Remote>['call'],
    closed: ended.promise,
    close: end,
  }
}

/** An error as plain data; null for one whose words may hold anything. */
function faultOf(error: unknown): object | null {
  if (error instanceof OperatorError) return { next: error.next, message: error.message }
  if (!(error instanceof GatewayError)) return null
  const { code, message, param, sent, hint, retry_after } = error
  return { code, message, param, sent, hint, retry_after }
}

/** The error that {@link faultOf} wrote down. */
function errorOf(told: unknown): Error | null {
  if (typeof told !== 'object' || told === null) return null
  // Written by faultOf() at the other end, which is the same program.
  const { next, code, message, param, sent, hint, retry_after } = told as OperatorError &
    GatewayError
  if (next !== undefined) return new OperatorError(message, next)
  return new GatewayError(code, message, {
    sent,
    hint,
    ...(param !== null && { param }),
    ...(retry_after !== null && { retry_after }),
  })
}
