/**
 * @module Answers as bytes, good and hostile, and what is to be read of each: `answers.json` beside this file.
 */
import cases from './answers.json' with { type: 'json' }

export interface AnswerCase {
  readonly title: string
  /** In Latin-1. */
  readonly bytes: string
  /** Null where it is no answer. */
  readonly status: number | null
  readonly body: string
  /** Whether the connection may carry another request. */
  readonly keeps: boolean
  /** Whether it is whole only when the connection ends. */
  readonly ends: boolean
  /** What `node:http` does where it does something else. */
  readonly node: 'reads' | 'refuses' | null
}

export const CASES: readonly AnswerCase[] = cases.map((one) => ({
  title: one.title,
  bytes: one.bytes,
  status: one.status,
  body: 'body' in one ? one.body : '',
  keeps: 'keeps' in one && one.keeps,
  ends: 'ends' in one && one.ends,
  node: 'node' in one ? (one.node === 'reads' ? 'reads' : 'refuses') : null,
}))
