/**
 * @module What came is no answer of HTTP/1.1, or none that can be read in one way only.
 */

/** Says nothing more: what a PSP wrote may hold anything. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}
