/**
 * @module Settings of the database that contradict each other, or would send cards' ciphertext in the clear.
 */

/** This machine itself. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/** Reports what is wrong with settings that are right each for itself; one that was faulty was reported already. */
export function checkDatabase(
  database: Readonly<Record<string, unknown>>,
  problem: (message: string) => void,
): void {
  const { url, sync_url, auth_token, auth_token_file, allow_plaintext } = database
  if (typeof url !== 'string' || sync_url === undefined) return
  const local = url.startsWith('file:')
  if (sync_url !== null && (!local || url.includes(':memory:'))) {
    problem('[database] url must be a local file where there is a sync_url')
  }
  const primary = typeof sync_url === 'string' ? sync_url : url
  if (auth_token && auth_token_file) {
    problem('[database] has both auth_token and auth_token_file; keep one')
  }
  if ((auth_token || auth_token_file) && primary.startsWith('file:')) {
    problem('[database] has a token, and no libSQL server to show it to')
  }
  const place = URL.parse(primary)
  if (place?.protocol === 'http:' && allow_plaintext !== true && !LOOPBACK.test(place.hostname)) {
    problem(
      `[database] ${primary === url ? 'url' : 'sync_url'} leads to another machine without TLS: use https://, or set allow_plaintext`,
    )
  }
}
