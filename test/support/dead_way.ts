/**
 * @module A way to a server on which some connections die as they do where a machine loses its power: nothing comes any more, and nobody
 * closes them.
 */
import { connect, createServer, type Socket } from 'node:net'

export interface DeadWay {
  readonly url: string
  /** From now on connections die at the next request that has the mark in it; and once it is false, new ones do not. */
  die(now: boolean): void
  /** How many died. */
  dead(): number
  stop(): Promise<void>
}

/** Starts it on a free port of loopback, in front of another port of it. */
export async function startDeadWay(port: number, mark: string): Promise<DeadWay> {
  const sockets = new Set<Socket>()
  let dying = false
  let count = 0
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    let dead = false
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        if (socket === near || !dead) other.destroy()
      })
    }
    near.on('data', (chunk) => {
      if (!dead && dying && chunk.includes(mark)) {
        dead = true
        count++
      }
      if (!dead) far.write(chunk)
    })
    far.on('data', (chunk) => {
      if (!dead) near.write(chunk)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('it has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    die: (now) => void (dying = now),
    dead: () => count,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
