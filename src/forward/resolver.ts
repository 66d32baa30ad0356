/**
 * @module Asks for the addresses of a name, without one silent name server holding up the names of others.
 */
import { lookup, type LookupAddress } from 'node:dns'

type Answer = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void

const CONFIGURATION = '/etc/resolv.conf'

/** As it was when the runtime read it. */
const known = changed()

/**
 * All addresses of a name, from the hosts file or DNS. Errors: `ENOTFOUND`, and `EAI_AGAIN` where nobody knows.
 *
 * The C library's resolver occupies one of few threads until it is answered, and those threads also decompress. So on
 * Linux names are asked for by c-ares, which waits for all at once, but reads its configuration at the start alone: when
 * that changes, the C library is asked from then on.
 */
export function resolveHost(hostname: string, options: { all: true }, answer: Answer): void {
  if (process.platform !== 'linux' || changed() !== known) return lookup(hostname, options, answer)
  Bun.dns.lookup(hostname, { backend: 'c-ares' }).then(
    (found) => answer(null, [...found]),
    (error: unknown) => answer(plain(error), []),
  )
}

function changed(): number {
  return Bun.file(CONFIGURATION).lastModified
}

/** What `dns.lookup` would have said. */
function plain(error: unknown): NodeJS.ErrnoException {
  const missing = error instanceof Error && /ENOTFOUND|ENODATA|ENONAME/.test(error.message)
  const code = missing ? 'ENOTFOUND' : 'EAI_AGAIN'
  return Object.assign(new Error(code), { code })
}
