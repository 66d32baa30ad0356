/**
 * @module The address at the other end of a request's connection, which a `Request` itself does not know.
 */

const peers = new WeakMap<Request, string>()

/** Notes it, for as long as there is the request. */
export function notePeer(request: Request, address: string): void {
  peers.set(request, address)
}

/** What was noted; empty where nothing was. */
export function peerOf(request: Request): string {
  return peers.get(request) ?? ''
}
