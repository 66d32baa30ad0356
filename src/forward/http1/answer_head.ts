/**
 * @module The head of an answer, read strictly (RFC 9112, 4 and 5): what two readers could read in two ways is no answer.
 */
import { bodyOf, type Body } from './answer_body.ts'
import { NoAnswer } from './no_answer.ts'

export interface AnswerHead {
  readonly status: number
  /** Names in lower case, in their order. */
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Body
  /** Milliseconds for which the connection may be kept after this answer; 0: not at all, null: as long as one likes. */
  readonly keep_ms: number | null
}

/** Any version of one digit each: some PSPs answer 1.0, and write others. What is not 1.1 keeps no connection. */
const STATUS_LINE = /^HTTP\/(\d\.\d) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/
/** RFC 9110, 5.6.2: no space before the colon, and a line that begins with one goes on with the line before (obs-fold). */
const NAME = /^[!#$%&'*+\-.^_`|~\w]+$/
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
/** Before the server's own time, as a request that is on its way then leaves a doubt. */
const EARLIER_MS = 1_000

/** Reads a head without the empty line that ends it. Throws NoAnswer. */
export function answerHead(text: string): AnswerHead {
  const [first = '', ...lines] = text.split('\r\n')
  const [, version, code] = STATUS_LINE.exec(first) ?? []
  if (version === undefined) throw new NoAnswer()
  const headers = lines.map(header)
  const status = Number(code)
  const body = bodyOf(status, headers)
  return { status, headers, body, keep_ms: version === '1.1' ? keepMs(headers, body, status) : 0 }
}

/** One line: also a trailer is one. Throws NoAnswer. */
export function header(line: string): readonly [string, string] {
  const colon = line.indexOf(':')
  const name = line.slice(0, Math.max(0, colon))
  const value = trimmed(line, colon + 1)
  if (!NAME.test(name) || !VALUE.test(value)) throw new NoAnswer()
  return [name.toLowerCase(), value]
}

/** The rest of a line without spaces and tabs around it. Not by trim(), which takes a no-break space for one. */
function trimmed(line: string, from: number): string {
  const isSpace = (at: number): boolean => line[at] === ' ' || line[at] === '\t'
  let start = from
  let end = line.length
  while (start < end && isSpace(start)) start++
  while (end > start && isSpace(end - 1)) end--
  return line.slice(start, end)
}

function keepMs(headers: AnswerHead['headers'], body: Body, status: number): number | null {
  if (body.ends === 'with the connection') return 0
  let keep: number | null = null
  for (const [name, value] of headers) {
    if (name === 'connection' && /(?:^|[\t ,])close(?:$|[\t ,])/i.test(value)) return 0
    // One that says how long a body is which does not come: the next reader may wait for it, or take something for it.
    if (status === 204 && (name === 'content-length' || name === 'transfer-encoding')) return 0
    const seconds = name === 'keep-alive' && /(?:^|[\t ,])timeout=(\d{1,6})/i.exec(value)?.[1]
    if (seconds) keep = Math.max(0, Number(seconds) * 1000 - EARLIER_MS)
  }
  return keep
}
