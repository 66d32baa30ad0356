/**
 * @module Reads one answer from the bytes of a connection, in whatever parts they come.
 */
import { answerHead, type AnswerHead } from './answer_head.ts'
import { Chunks } from './chunks.ts'
import { Gathered } from './gathered.ts'
import { NoAnswer } from './no_answer.ts'

/** As `node:http` has it; of each head on its own where answers that are still to come (1xx) stand before it. */
const MOST_HEAD_BYTES = 16_384
const HEAD_END = '\r\n\r\n'
const START = 'HTTP/'
const [CR, LF] = [0x0d, 0x0a]
const NOTHING = Buffer.alloc(0)

/** More came than may come. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge'
}

/** An answer as far as it came. */
export class Answer {
  readonly #limit: number
  /** Of the head, while there is none. */
  #pending: Buffer = NOTHING
  #head: AnswerHead | null = null
  #chunks: Chunks | null = null
  readonly #body = new Gathered()
  #isWhole = false
  #surplus = false

  /** `limit` is how many bytes the body may have. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** The head, once it is whole and of the answer itself. */
  get head(): AnswerHead | null {
    return this.#head
  }

  get isWhole(): boolean {
    return this.#isWhole
  }

  get body(): Buffer {
    return this.#body.bytes
  }

  /** Whether the connection may carry another request as far as the answer goes, in milliseconds; null: without end. */
  get keep_ms(): number | null {
    // What stands behind an answer belongs to no request.
    return this.#surplus || !this.#head ? 0 : this.#head.keep_ms
  }

  /** Takes what came. Throws NoAnswer and TooLarge; after that, and when the answer is whole, it takes nothing more. */
  read(bytes: Buffer): void {
    let rest = bytes
    while (!this.#head) {
      const after = this.#readHead(rest)
      if (!after) return
      rest = after
    }
    this.#readBody(this.#head, rest)
  }

  /** Told that nothing more comes. Whole is then also what ends with the connection. */
  end(): void {
    if (this.#head?.body.ends === 'with the connection') this.#isWhole = true
  }

  /** Reads one head, which may be that of an answer still to come. Returns what stands behind it; null where it is not whole. */
  #readHead(bytes: Buffer): Buffer | null {
    const all = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes])
    const end = all.indexOf(HEAD_END, Math.max(0, this.#pending.length - HEAD_END.length), 'latin1')
    if ((end < 0 ? all.length : end) > MOST_HEAD_BYTES) throw new NoAnswer()
    if (end < 0) {
      couldBeHead(all, this.#pending.length)
      this.#pending = all
      return null
    }
    const head = answerHead(all.toString('latin1', 0, end))
    this.#pending = NOTHING
    // Another protocol was never asked for.
    if (head.status === 101) throw new NoAnswer()
    if (head.status >= 200) this.#begin(head)
    return all.subarray(end + HEAD_END.length)
  }

  #begin(head: AnswerHead): void {
    this.#head = head
    if (head.body.ends === 'after its length' && head.body.length > this.#limit) {
      throw new TooLarge()
    }
    if (head.body.ends === 'with its last chunk') this.#chunks = new Chunks()
  }

  #readBody({ body }: AnswerHead, bytes: Buffer): void {
    let read = bytes.length
    if (this.#chunks) {
      read = this.#chunks.read(bytes, 0, (part) => this.#take(part))
      this.#isWhole = this.#chunks.isWhole
    } else if (body.ends === 'after its length') {
      read = Math.min(bytes.length, body.length - this.#body.length)
      this.#take(read === bytes.length ? bytes : bytes.subarray(0, read))
      this.#isWhole = this.#body.length === body.length
    } else if (body.ends === 'at once') {
      read = 0
      this.#isWhole = true
    } else this.#take(bytes)
    this.#surplus = read < bytes.length
  }

  #take(part: Buffer): void {
    if (this.#body.length + part.length > this.#limit) throw new TooLarge()
    if (part.length > 0) this.#body.add(part)
  }
}

/** What can be no head is told at once, and not when its time is over: another start, and lines that end by LF alone. */
function couldBeHead(bytes: Buffer, from: number): void {
  const start = bytes.toString('latin1', 0, START.length)
  if (!START.startsWith(start)) throw new NoAnswer()
  for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at - 1] !== CR) throw new NoAnswer()
  }
}
