/**
 * @module Says what was done to a chain, from the first line whose hash does not follow from the line before.
 */
import { hashOf } from './line.ts'
import type { Row } from './read.ts'

/** How many lines are looked at for where the others went. */
export const WINDOW = 200

/**
 * In words, what happened at line `seq`. `before` is the hash of the last line that is as it was; `rows` are the lines from
 * there on, the first of which does not follow.
 */
export function diagnose(
  key: Buffer,
  before: Uint8Array,
  seq: number,
  rows: readonly Row[],
): string {
  const [first, second] = rows
  if (!first) return `line ${seq} is gone`
  if (first.seq > seq) return `${lines(seq, first.seq - 1)} removed`
  const follows = (row: Row, hash: Uint8Array, at: number): boolean =>
    hashOf(key, hash, { ...row, seq: at }).toString('hex') === row.hash
  const moved = rows.find((row) => follows(row, before, seq))
  if (moved) {
    return isNeeded(first, rows, before, seq, follows)
      ? `line ${seq} was put behind others: it stands in the place of line ${moved.seq}`
      : `line ${seq} (${told(first)}) was inserted: it was never written by this installation`
  }
  if (!second) return `line ${seq} (${told(first)}) was changed, or put there by somebody else`
  const own = Buffer.from(first.hash, 'hex')
  if (follows(second, own, second.seq)) {
    return `line ${seq} was changed after it was written; it says now: ${told(first)}`
  }
  // What comes after was given the numbers of what is gone.
  for (let gone = 1; gone < WINDOW; gone++) {
    if (follows(second, own, second.seq + gone)) {
      return `${lines(seq, seq + gone - 1)} removed, and the lines behind renumbered`
    }
  }
  return `line ${seq} (${told(first)}) was changed, or put there by somebody else`
}

/** Whether the chain, put in order again from the lines that follow each other, comes by this line. */
function isNeeded(
  line: Row,
  rows: readonly Row[],
  before: Uint8Array,
  from: number,
  follows: (row: Row, hash: Uint8Array, at: number) => boolean,
): boolean {
  let hash = before
  for (let seq = from; ; seq++) {
    const next = rows.find((row) => follows(row, hash, seq))
    if (!next || next === line) return next === line
    hash = Buffer.from(next.hash, 'hex')
  }
}

function lines(from: number, to: number): string {
  return from === to ? `line ${from} was` : `lines ${from} to ${to} were`
}

function told({ at, actor, action, subject }: Row): string {
  const time = Number.isSafeInteger(at) && Math.abs(at) < 8.64e15 ? new Date(at).toISOString() : at
  return `${[time, action, subject ?? '-', 'by', actor].join(' ').slice(0, 200)}`
}
