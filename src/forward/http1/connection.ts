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

/** How long a connection may take that no request waits for. */
const SPARE_MS = 4_000

/** What its pool is told of a connection. */
export interface Told {
  /** TLS stands. */
  stands(connection: Connection): void
  /** It is ready, and the request it was made for went over another one. */
  spare(connection: Connection): void
  /** It is of no more use; told once. */
  closed(connection: Connection): void
}

export class Connection {
  readonly place: string
  readonly #options: ConnectionOptions
  readonly #told: Told
  /** Null until it is begun. */
  #socket: TLSSocket | null = null
  #rider: Rider | null
  #isReady = false
  #isOver = false
  /** Ends it where it does not stand in time, and no request waits for it that would. */
  #late: Timer | null = null
  /** Until when it may be used again, by the process's own clock, in milliseconds. */
  until = 0

  /** For a first request. */
  constructor(place: string, options: ConnectionOptions, rider: Rider, told: Told) {
    this.place = place
    this.#options = options
    this.#rider = rider
    this.#told = told
  }

  /** Begins to connect. */
  begin(): void {
    const told = this.#told
    const socket = connect(this.#options)
    this.#socket = socket
    socket.setNoDelay(true)
    socket.once('secureConnect', () => {
      this.#isReady = true
      if (this.#late) clearTimeout(this.#late)
      told.stands(this)
      if (this.#rider) this.#rider.ready(this)
      else if (!this.#isOver) told.spare(this)
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

  get isBegun(): boolean {
    return this.#socket !== null
  }

  /** Whether all that was written has left. */
  get isFlushed(): boolean {
    return this.#socket?.writableLength === 0
  }

  /** Whether another request may go over it. */
  isUsable(now: number): boolean {
    const socket = this.#socket
    return !this.#isOver && now < this.until && !!socket?.writable && !socket.readableEnded
  }

  write(bytes: Buffer): void {
    this.#socket?.write(bytes)
  }

  /** Carries the next request, at once or when it stands. */
  carry(rider: Rider): void {
    this.#rider = rider
    if (this.#late) clearTimeout(this.#late)
    this.#late = null
    if (this.#isReady) rider.ready(this)
  }

  /** Carries none. Gives the request it carried. */
  release(): Rider | null {
    const rider = this.#rider
    this.#rider = null
    // Nobody's deadline is over it any more.
    if (this.#socket && !this.#isReady && !this.#isOver)
      this.#late ??= setTimeout(() => this.destroy(), SPARE_MS).unref()
    return rider
  }

  /** Ends it. Whose request it carries is told that it is gone. */
  destroy(): void {
    this.#socket?.destroy()
    this.#over(closedEarly())
  }

  #over(cause: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    if (this.#late) clearTimeout(this.#late)
    const rider = this.#rider
    this.#rider = null
    this.#told.closed(this)
    // Where it failed, and is not closed by itself.
    this.#socket?.destroy()
    rider?.failed(cause)
  }
}

function closedEarly(): NodeJS.ErrnoException {
  return Object.assign(new Error('closed'), { code: 'ECONNRESET' })
}
