/**
 * @module Bytes that come in parts, put together without being copied again for each part.
 */

const EMPTY = Buffer.alloc(0)
const LEAST = 1_024

/** What came so far. */
export class Gathered {
  #held: Buffer = EMPTY
  #length = 0

  get length(): number {
    return this.#length
  }

  /** All of it. A view: it is good until more comes. */
  get bytes(): Buffer {
    return this.#held.length === this.#length ? this.#held : this.#held.subarray(0, this.#length)
  }

  /** Adds a part. The first is kept as it is, so that what comes at once is never copied. */
  add(part: Buffer): void {
    const length = this.#length + part.length
    if (this.#length === 0) this.#held = part
    else {
      if (length > this.#held.length) this.#grow(length)
      this.#held.set(part, this.#length)
    }
    this.#length = length
  }

  #grow(least: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(LEAST, least, this.#held.length * 2))
    larger.set(this.bytes)
    this.#held = larger
  }
}
