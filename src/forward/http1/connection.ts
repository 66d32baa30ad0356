/**
 * @module One connection by TLS, which carries one request at a time. What it has to say when there is none ends it.
 */
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'

/** The request under way. Told nothing more once it ended. */
export interface Rider {
  /** TLS has proved the other side's name. */
  ready(connection: Connection): void
  read(bytes: Buffer): void
  /** The other side sends nothing more, and had nothing to complain of. */
  ended(): void
  /** The connection is gone. `cause` is what the runtime says. */
  failed(cause: unknown): void
}

export class Connection {
  readonly place: string
  readonly #socket: TLSSocket
  readonly #closed: (connection: Connection) => void
  #rider: Rider | null
  #isReady = false
  #isOver = false
  /** Until when it may be used again, by the process's own clock, in milliseconds. */
  until = 0

  /** Begins to connect for a first request. `closed` is called once, when it is of no more use. */
  constructor(
    place: string,
    options: ConnectionOptions,
    rider: Rider,
    closed: (connection: Connection) => void,
  ) {
    this.place = place
    this.#rider = rider
    this.#closed = closed
    const socket = connect(options)
    this.#socket = socket
    socket.setNoDelay(true)
    socket.once('secureConnect', () => {
      this.#isReady = true
      this.#rider?.ready(this)
    })
    socket.on('data', (bytes: Buffer) => {
      if (this.#rider) this.#rider.read(bytes)
      else this.destroy()
    })
    socket.on('end', () => {
      this.#rider?.ended()
      this.destroy()
    })
    socket.on('error', (cause) => this.#over(cause))
    socket.on('close', () => this.#over(closedEarly()))
  }

  /** `idle` carries no request; `connecting` waits for TLS. */
  get state(): 'connecting' | 'active' | 'idle' {
    if (!this.#rider) return 'idle'
    return this.#isReady ? 'active' : 'connecting'
  }

  /** Whether all that was written has left. */
  get isFlushed(): boolean {
    return this.#socket.writableLength === 0
  }

  /** Whether another request may go over it. */
  isUsable(now: number): boolean {
    return !this.#isOver && now < this.until && this.#socket.writable && !this.#socket.readableEnded
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  /** Carries the next request. */
  carry(rider: Rider): void {
    this.#rider = rider
    rider.ready(this)
  }

  /** Carries none. */
  release(): void {
    this.#rider = null
  }

  /** Ends it. Whose request it carries is told that it is gone. */
  destroy(): void {
    this.#socket.destroy()
    this.#over(closedEarly())
  }

  #over(cause: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    const rider = this.#rider
    this.#rider = null
    this.#closed(this)
    // Where it failed, and is not closed by itself.
    this.#socket.destroy()
    rider?.failed(cause)
  }
}

function closedEarly(): NodeJS.ErrnoException {
  return Object.assign(new Error('closed'), { code: 'ECONNRESET' })
}
