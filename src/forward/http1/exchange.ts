/**
 * @module One request and its answer on one connection, once. How far it got says what may be told of it when it fails.
 */
import type { RawAnswer } from '../call.ts'
import { brokenAnswer, failure, type Phase } from '../failures.ts'
import { Answer, TooLarge } from './answer.ts'
import type { Connection, Rider } from './connection.ts'
import { NoAnswer } from './no_answer.ts'
import type { Place } from './place.ts'
import type { Pool } from './pool.ts'

export interface ExchangeOptions {
  /** The request whole, head and body; overwritten when the exchange ends. */
  readonly bytes: Buffer
  /** Milliseconds for everything, and for the connection. */
  readonly timeout: number
  readonly connect_timeout: number
  readonly max_response_bytes: number
  /** Called before the first byte leaves. */
  readonly leaving: () => void
}

/** The answer as it came, its content encoding not undone. Throws GatewayError with a truthful `sent`. */
export function exchange(pool: Pool, place: Place, options: ExchangeOptions): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    new Exchange(pool, options, resolve, reject).begin(place)
  })
}

class Exchange implements Rider {
  readonly #pool: Pool
  readonly #options: ExchangeOptions
  readonly #resolve: (answer: RawAnswer) => void
  readonly #reject: (error: unknown) => void
  readonly #answer: Answer
  readonly #deadline: Timer
  #connecting: Timer | null = null
  #connection: Connection | null = null
  #phase: Phase = 'connecting'
  #sentAt = 0
  #isOver = false

  constructor(
    pool: Pool,
    options: ExchangeOptions,
    resolve: (answer: RawAnswer) => void,
    reject: (error: unknown) => void,
  ) {
    this.#pool = pool
    this.#options = options
    this.#resolve = resolve
    this.#reject = reject
    this.#answer = new Answer(options.max_response_bytes)
    this.#deadline = setTimeout(expire, options.timeout, this)
  }

  begin(place: Place): void {
    const connection = this.#pool.carry(place, this)
    this.#connection = connection
    if (this.#isOver) return connection.destroy()
    const { timeout, connect_timeout } = this.#options
    if (this.#phase === 'connecting' && connect_timeout < timeout) {
      this.#connecting = setTimeout(expire, connect_timeout, this)
    }
  }

  // Head and body go together, and nothing before them.
  ready(connection: Connection): void {
    if (this.#isOver) return
    // Not always the one that was begun for this request.
    this.#connection = connection
    if (this.#connecting) clearTimeout(this.#connecting)
    this.#phase = 'sending'
    this.#sentAt = performance.now()
    this.#options.leaving()
    connection.write(this.#options.bytes)
  }

  read(bytes: Buffer): void {
    try {
      this.#answer.read(bytes)
    } catch (error) {
      return this.#break(error)
    }
    if (this.#answer.head) this.#phase = 'answering'
    if (this.#answer.isWhole) this.#done()
  }

  ended(): void {
    this.#answer.end()
    if (this.#answer.isWhole) this.#done()
  }

  failed(cause: unknown): void {
    this.#fail(failure(this.#phase, cause, false))
  }

  expired(): void {
    this.#fail(failure(this.#phase, null, true))
  }

  #break(error: unknown): void {
    if (error instanceof TooLarge) {
      return this.#fail(brokenAnswer('The answer of the PSP is over the limit.'))
    }
    if (error instanceof NoAnswer) {
      return this.#fail(brokenAnswer('The answer of the PSP is not HTTP as it has to be.'))
    }
    this.#fail(error)
  }

  #done(): void {
    const connection = this.#end()
    const { head, body, keep_ms } = this.#answer
    if (!connection || !head) return
    // An answer before all of the request: what is still to leave would be taken for the next.
    this.#pool.keep(connection, connection.isFlushed ? keep_ms : 0)
    const psp_ms = Math.round(performance.now() - this.#sentAt)
    this.#resolve({ status: head.status, headers: head.headers, body, psp_ms })
  }

  #fail(error: unknown): void {
    const wasOver = this.#isOver
    this.#end()?.destroy()
    if (!wasOver) this.#reject(error)
  }

  /** Ends it, once. Returns the connection, which is told nothing of this one any more. */
  #end(): Connection | null {
    if (this.#isOver) return null
    this.#isOver = true
    clearTimeout(this.#deadline)
    if (this.#connecting) clearTimeout(this.#connecting)
    this.#options.bytes.fill(0)
    this.#connection?.release()
    return this.#connection
  }
}

function expire(one: Exchange): void {
  one.expired()
}
