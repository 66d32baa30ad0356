/**
 * @module Answers from bytes: each case whole, byte by byte, in two parts at every place, and cut off at every byte.
 */
import { describe, expect, test } from 'bun:test'
import { Answer, TooLarge } from '../../../src/forward/http1/answer.ts'
import { NoAnswer } from '../../../src/forward/http1/no_answer.ts'
import { CASES, type AnswerCase } from './cases.ts'

const LIMIT = 1_000

interface Read {
  readonly status: number | null
  readonly body: string
  readonly keeps: boolean
}

/** What comes of bytes that arrive in these parts, after which the connection ends; null where that is not a whole answer. */
function read(parts: readonly Buffer[], limit = LIMIT): Read | null {
  const answer = new Answer(limit)
  try {
    for (const part of parts) {
      answer.read(part)
      if (answer.isWhole) break
    }
    answer.end()
  } catch (error) {
    expect(error).toBeInstanceOf(NoAnswer)
    return null
  }
  if (!answer.isWhole) return null
  const { head, body, keep_ms } = answer
  return {
    status: head?.status ?? null,
    body: body.toString('latin1'),
    keeps: keep_ms === null || keep_ms > 0,
  }
}

function expected({ status, body, keeps }: AnswerCase): Read | null {
  return status === null ? null : { status, body, keeps }
}

describe.each(CASES)('$title', (one) => {
  const bytes = Buffer.from(one.bytes, 'latin1')

  test('is read at once', () => {
    expect(read([bytes])).toEqual(expected(one))
  })

  test('is read in parts as it is read at once', () => {
    const single = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))
    const wanted = expected(one)
    const parts = [
      single,
      ...single.map((_, at) => [bytes.subarray(0, at), Buffer.alloc(0), bytes.subarray(at)]),
    ]
    for (const some of parts) {
      const found = read(some)
      // What stands behind an answer may not have come yet: then a connection that is not used says it later.
      const same = found && wanted && { ...found, keeps: wanted.keeps }
      expect(same ?? found).toEqual(wanted)
      if (wanted?.keeps) expect(found?.keeps).toBe(true)
    }
  })

  test('is no answer where it is cut off', () => {
    if (one.status === null || one.ends) return
    const first = Array.from(bytes, (_, at) => at).find(
      (at) => read([bytes.subarray(0, at)]) !== null,
    )
    // From the byte on with which it is whole, it is the same answer.
    for (let at = 0; at < bytes.length; at++) {
      const cut = read([bytes.subarray(0, at)])
      if (at < (first ?? bytes.length)) expect(cut).toBeNull()
      else expect(cut).toMatchObject({ status: one.status, body: one.body })
    }
  })
})

describe('limits', () => {
  const ok = 'HTTP/1.1 200 OK\r\n'
  const many = 'x'.repeat(LIMIT + 1)
  const of = (text: string): (() => unknown) => {
    return () => new Answer(LIMIT).read(Buffer.from(text))
  }

  test('a body over the limit is told by its length, before it comes', () => {
    expect(of(`${ok}Content-Length: ${LIMIT + 1}\r\n\r\n`)).toThrow(TooLarge)
    expect(of(`${ok}Content-Length: ${LIMIT}\r\n\r\n`)).not.toThrow()
  })
  test('a body over the limit in chunks, or up to the end of the connection', () => {
    expect(of(`${ok}Transfer-Encoding: chunked\r\n\r\nfff\r\n${many}`)).toThrow(TooLarge)
    expect(of(`${ok}\r\n${many}`)).toThrow(TooLarge)
    expect(of(`${ok}\r\n${many.slice(1)}`)).not.toThrow()
  })
  test('a head over 16 KB, whole or not', () => {
    const long = 'a'.repeat(17_000)
    expect(of(`${ok}X-A: ${long}`)).toThrow(NoAnswer)
    expect(of(`${ok}X-A: ${long}\r\nContent-Length: 0\r\n\r\n`)).toThrow(NoAnswer)
    expect(of(`${ok}${'X-A: b\r\n'.repeat(2_100)}`)).toThrow(NoAnswer)
  })
  test('trailers and chunk extensions over 16 KB', () => {
    const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`
    expect(of(`${chunked}0\r\n${'X-A: b\r\n'.repeat(4_000)}`)).toThrow(NoAnswer)
    expect(of(`${chunked}0\r\nX-A: ${'b'.repeat(17_000)}`)).toThrow(NoAnswer)
    expect(of(`${chunked}2;${'b'.repeat(17_000)}`)).toThrow(NoAnswer)
  })
  test('what can be no answer is told at once', () => {
    for (const start of ['<', 'HTTQ', 'HTTP/1.1 200 OK\n', 'HTTP/1.1 200 OK\r\nX-A: b\n']) {
      expect(of(start)).toThrow(NoAnswer)
    }
    for (const start of ['H', 'HTTP', 'HTTP/1.1 200 OK\r', 'HTTP/1.1 200 OK\r\nX-A: b']) {
      expect(of(start)).not.toThrow()
    }
  })
})
