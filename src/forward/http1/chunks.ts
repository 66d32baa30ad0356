/**
 * @module The chunked coding, undone as it comes in (RFC 9112, 7.1). Extensions and trailers mean nothing here and are dropped.
 */
import { header } from './answer_head.ts'
import { NoAnswer } from './no_answer.ts'

/** A size of at most 32 bits, and extensions without control characters. */
const SIZE = /^([\da-f]{1,8})(?:[\t ]*;[\t\x20-\x7e\x80-\xff]*)?$/i
/** What says where a body ends comes before it (RFC 9110, 6.5.1). */
const FRAMING: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding'])
/** Of a line, and of all trailers together. */
const MOST = 16_384
const LF = 0x0a

/** A body in chunks, from its first size to the empty line after its trailers. */
export class Chunks {
  #expected: 'size' | 'data' | 'end of data' | 'trailer' | 'nothing' = 'size'
  /** What came of a line that is not whole. */
  #line = ''
  #left = 0
  #trailers = 0

  get isWhole(): boolean {
    return this.#expected === 'nothing'
  }

  /** Reads on from `at`, and gives each part of the body to `take`. Returns where it stopped. Throws NoAnswer. */
  read(bytes: Buffer, at: number, take: (part: Buffer) => void): number {
    let from = at
    while (from < bytes.length && !this.isWhole) {
      from = this.#expected === 'data' ? this.#data(bytes, from, take) : this.#text(bytes, from)
    }
    return from
  }

  #data(bytes: Buffer, from: number, take: (part: Buffer) => void): number {
    const end = Math.min(bytes.length, from + this.#left)
    take(bytes.subarray(from, end))
    this.#left -= end - from
    if (this.#left === 0) this.#expected = 'end of data'
    return end
  }

  #text(bytes: Buffer, from: number): number {
    const end = bytes.indexOf(LF, from)
    const to = end < 0 ? bytes.length : end + 1
    this.#line += bytes.toString('latin1', from, to)
    if (this.#line.length > MOST) throw new NoAnswer()
    // A line that cannot be the end of data is told as soon as it can be.
    if (this.#expected === 'end of data' && !'\r\n'.startsWith(this.#line)) throw new NoAnswer()
    if (end < 0) return to
    if (!this.#line.endsWith('\r\n')) throw new NoAnswer()
    const line = this.#line.slice(0, -2)
    this.#line = ''
    this.#expected = this.#after(line)
    return to
  }

  /** What comes after a line. */
  #after(line: string): 'size' | 'data' | 'trailer' | 'nothing' {
    if (this.#expected === 'end of data') return 'size'
    if (this.#expected === 'trailer') {
      if (line === '') return 'nothing'
      if (FRAMING.has(header(line)[0])) throw new NoAnswer()
      if ((this.#trailers += line.length) > MOST) throw new NoAnswer()
      return 'trailer'
    }
    const [, size] = SIZE.exec(line) ?? []
    if (size === undefined) throw new NoAnswer()
    this.#left = Number.parseInt(size, 16)
    return this.#left === 0 ? 'trailer' : 'data'
  }
}
