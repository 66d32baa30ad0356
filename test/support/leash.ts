/**
 * @module Programs that end with the tests that started them, also where those fail, are cut off or are killed.
 */

const SETPRIV = Bun.which('setpriv')

/**
 * The command, to be ended by the kernel with the thread that starts it (prctl(2), PR_SET_PDEATHSIG): `bun test` ends without
 * an `exit` event, so nothing of ours could do it. As it is where there is no `setpriv`.
 */
export function leashed(command: readonly string[]): string[] {
  return SETPRIV === null ? [...command] : [SETPRIV, '--pdeathsig', 'KILL', ...command]
}
