/**
 * @module TLS in front of a server that has none, as a proxy of the operator's would be.
 */
import { connect } from 'node:net'
import { createServer } from 'node:tls'
import { openAuthority } from '../../src/sandbox/authority.ts'

export interface TlsWay {
  readonly port: number
  /** The authority of its certificate, in PEM. */
  readonly caFile: string
  /** Bytes that came through TLS. */
  bytes(): number
  stop(): Promise<void>
}

/** Starts it on a free port of loopback, as `localhost`, in front of another port of it. */
export async function startTlsWay(port: number): Promise<TlsWay> {
  const { leaf, caFile } = await openAuthority(null)
  let bytes = 0
  const ends = new Set<() => void>()
  const server = createServer({ cert: leaf.cert, key: leaf.key }, (near) => {
    const far = connect(port, '127.0.0.1')
    const end = (): void => {
      near.destroy()
      far.destroy()
      ends.delete(end)
    }
    ends.add(end)
    for (const socket of [near, far]) socket.on('error', end).on('close', end)
    near.on('data', (chunk) => {
      bytes += chunk.length
      far.write(chunk)
    })
    far.on('data', (chunk) => near.write(chunk))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('it has no port')
  return {
    port: address.port,
    caFile,
    bytes: () => bytes,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const end of ends) end()
      await closed
    },
  }
}
