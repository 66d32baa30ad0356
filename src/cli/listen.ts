/**
 * @module Ports: whether one is free, and a free one.
 */
import { createServer } from 'node:net'
import { OperatorError } from '../errors.ts'

/** Null where a port can be listened on (0: a free one, which is given), else the error's code: `EADDRINUSE`. */
export async function tryPort(host: string, port: number): Promise<{ port: number } | string> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', (error) => resolve('code' in error ? String(error.code) : error.name))
    server.listen(port, host, () => {
      const address = server.address()
      const found = typeof address === 'object' && address !== null ? address.port : port
      server.close(() => resolve({ port: found }))
    })
  })
}

/** What an address that cannot be listened on means. `setting` is where the operator changes it. */
export function cannotListen(
  { host, port }: { readonly host: string; readonly port: number },
  error: unknown,
  setting: string,
): OperatorError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'the port is taken, perhaps by another pangate',
    EACCES: 'this user may not use the port',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'there is no such name',
  }
  return new OperatorError(
    `cannot listen on ${host}:${port}: ${reasons[code] ?? code}`,
    code === 'EADDRINUSE'
      ? `ss -ltnp 'sport = :${port}', or change ${setting}`
      : `change ${setting}`,
  )
}
