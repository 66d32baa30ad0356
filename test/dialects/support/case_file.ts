/**
 * @module Reads a case file: what a merchant sends, what reaches the PSP, what comes back. test/dialects/README.md has the format.
 */

/** `given NAME = POST /path [Header: value] body -> path.in.answer`, or `same -> path` for the answer before. */
export interface Given {
  readonly line: number
  readonly name: string
  readonly request: Message | null
  readonly path: readonly (string | number)[]
}

/** A first line, headers and a body, as written: nothing is filled in yet. */
export interface Message {
  /** `POST /path`, or a status. */
  readonly start: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Headers that must not be there, in lower case. */
  readonly absent: readonly string[]
  /** Null where the section ends without an empty line. */
  readonly body: string | null
}

export interface Exchange {
  readonly given: readonly Given[]
  /** What the PSP answers, in place of the sandbox: `psp answers 402 [Header: value] body`. */
  readonly reply: Message | null
  readonly request: Message
  /** Null: nothing may reach the PSP. */
  readonly arrival: Message | null
  readonly answer: Message
}

export const STATUSES = ['works', 'differs', 'missing'] as const

export interface Case {
  readonly title: string
  readonly feature: string
  readonly status: (typeof STATUSES)[number]
  readonly source: string | null
  readonly exchanges: readonly Exchange[]
}

const GIVEN = /^given (?<name>[\w-]+) = (?<what>.*) -> (?<path>[\w.$-]+)$/
const REPLY = /^psp answers (?<start>\d{3})(?<headers>(?: \[[^\]]*\])*)(?: (?<body>.*))?$/
const REQUEST = /^(?<start>[A-Z]+ \S+)(?<headers>(?: \[[^\]]*\])*)(?: (?<body>.*))?$/

/** @throws Error naming file and line where the text is not a case */
export function parseCase(file: string, text: string): Case {
  const lines = text.replace(/\n$/, '').split('\n')
  const wrong = (at: number, why: string) => new Error(`${file}:${at + 1}: ${why}`)
  let at = 0
  const comments: string[] = []
  for (; /^#|^\s*$/.test(lines[at] ?? 'x'); at++) comments.push((lines[at] ?? '').slice(1).trim())
  const said = (name: string) =>
    comments
      .map((line) => new RegExp(`(?:^|\\s)${name}: +(.+?)(?=\\s{2,}\\w+: |$)`).exec(line)?.[1])
      .find((found) => found !== undefined)
  const status = STATUSES.find((one) => one === said('status'))
  const feature = said('feature')
  if (!comments[0]) throw wrong(0, 'the first line must be `# ` and a title')
  if (!feature) throw wrong(0, 'there is no `# feature: ..`')
  if (!status) throw wrong(0, `there is no \`status: ${STATUSES.join(' | ')}\``)
  const exchanges = split(lines, at, /^={5,}$/).map(({ from, to }) => exchange(from, to))
  return { title: comments[0], feature, status, source: said('source') ?? null, exchanges }

  function exchange(from: number, to: number): Exchange {
    const given: Given[] = []
    let reply: Message | null = null
    let head = from
    for (; head < to && /^(?:given |psp answers |#|\s*$)/.test(lines[head] ?? ''); head++) {
      if (lines[head]?.startsWith('given ')) given.push(readGiven(head))
      if (lines[head]?.startsWith('psp answers ')) {
        reply = inLine(REPLY.exec(lines[head] ?? '')?.groups)
        if (!reply) throw wrong(head, 'expected: psp answers STATUS [Header: value] body')
      }
    }
    const sections = split(lines.slice(0, to), head, /^-{5,}$/)
    const [request, arrival, answer] = sections.map((section) => message(section))
    if (!request || !arrival || !answer || sections.length !== 3) {
      throw wrong(head, `three sections are expected, not ${sections.length}`)
    }
    if (!/^[A-Z]+ \S+$/.test(request.start)) throw wrong(head, 'a method and a path are expected')
    if (!/^\d{3}(?: exact)?$/.test(answer.start)) throw wrong(to - 1, 'a status is expected')
    return { given, reply, request, arrival: arrival.start === 'nothing' ? null : arrival, answer }
  }

  function readGiven(line: number): Given {
    const { name = '', what = '', path = '' } = GIVEN.exec(lines[line] ?? '')?.groups ?? {}
    const request = REQUEST.exec(what)?.groups
    if (name === '' || (what !== 'same' && !request)) {
      throw wrong(line, 'expected: given NAME = METHOD /path [Header: value] body -> path')
    }
    return {
      line: line + 1,
      name,
      request: inLine(request),
      path: path.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
    }
  }

  function message({ from, to }: Span): Message {
    const headers: (readonly [string, string])[] = []
    const absent: string[] = []
    let row = from + 1
    for (; row < to && lines[row] !== ''; row++) {
      const line = lines[row] ?? ''
      if (line.startsWith('-')) absent.push(line.slice(1).trim().toLowerCase())
      else {
        const colon = line.indexOf(':')
        if (colon < 1) throw wrong(row, 'a header is expected, or an empty line before the body')
        headers.push([line.slice(0, colon), line.slice(colon + 1).trim()])
      }
    }
    const body = row < to ? lines.slice(row + 1, to).join('\n') : null
    return { start: (lines[from] ?? '').trim(), headers, absent, body }
  }
}

/** A message written in one line: headers in brackets, then the body. */
function inLine(groups: Readonly<Record<string, string | undefined>> | undefined): Message | null {
  if (!groups) return null
  const headers = [...(groups['headers'] ?? '').matchAll(/\[([^:\]]+): ([^\]]*)\]/g)]
  return {
    start: groups['start'] ?? '',
    headers: headers.map(([, header = '', value = '']) => [header, value] as const),
    absent: [],
    body: groups['body'] ?? null,
  }
}

interface Span {
  readonly from: number
  readonly to: number
}

/** The stretches of lines between separators. */
function split(lines: readonly string[], start: number, separator: RegExp): readonly Span[] {
  const spans: Span[] = []
  let from = start
  for (let at = start; at <= lines.length; at++) {
    if (at < lines.length && !separator.test(lines[at] ?? '')) continue
    spans.push({ from, to: at })
    from = at + 1
  }
  return spans
}
