/**
 * @module The clock, handed in everywhere so that tests can move it.
 */

/** Milliseconds since 1970. */
export type Clock = () => number

/** A time as RFC 3339 in UTC, to the second. */
export function rfc3339(milliseconds: number): string {
  return new Date(Math.floor(milliseconds / 1000) * 1000).toISOString().replace('.000Z', 'Z')
}
