/**
 * @module A path or a name as one would type it at a shell: quoted where it needs it.
 */

/** No character of it steers the terminal; those that would are `?`. */
export function typed(word: string): string {
  const text = word.replace(/\p{C}/gu, '?')
  return /^[\w./@%+=:,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
