/**
 * @module Checks every line of the audit log against the line before, and every chain against those that name it.
 */
import type { Store } from '../store/open.ts'
import { diagnose, WINDOW } from './diagnose.ts'
import { namedHeads, type Named } from './heads.ts'
import { BEGINNING, hashOf, type Head } from './line.ts'
import { linesByChain, linesFrom, type Row } from './read.ts'

export interface Verdict {
  readonly lines: number
  /** Where each chain stands. */
  readonly heads: readonly Head[]
  /** What was found, in words: of each chain the first. Empty where nothing was. */
  readonly found: readonly string[]
}

/** `known` are heads that were kept elsewhere, as the log has them. */
export async function verifyAudit(
  store: Store,
  key: Buffer,
  known: readonly Head[],
): Promise<Verdict> {
  const names = namesOf([
    ...known.map((head): Named => ({ head, by: 'the head that was given' })),
    ...(await namedHeads(store)).map(({ head, by }): Named => ({ head, by: `chain ${by}` })),
  ])
  const heads = new Map<string, Head>()
  const found = new Map<string, string>()
  let lines = 0
  let before: Buffer = BEGINNING
  for await (const row of linesByChain(store)) {
    lines++
    const { chain, seq, hash } = row
    if (found.has(chain)) continue
    const last = heads.get(chain)
    if (!last) before = BEGINNING
    const expected = (last?.seq ?? 0) + 1
    const own = hashOf(key, before, row)
    if (seq !== expected || own.toString('hex') !== hash) {
      const rows = await linesFrom(store, chain, expected, WINDOW)
      found.set(chain, `chain ${chain}: ${diagnose(key, before, expected, rows)}`)
      continue
    }
    before = own
    heads.set(chain, { chain, seq, hash })
    const named = names.get(chain)?.find(({ head }) => head.seq === seq && head.hash !== hash)
    if (named) found.set(chain, rewritten(row, named))
  }
  for (const [chain, named] of names) {
    const fault = found.has(chain) ? null : missing(heads.get(chain), named)
    if (fault !== null) found.set(chain, fault)
  }
  return { lines, heads: [...heads.values()], found: [...found.values()] }
}

function namesOf(all: readonly Named[]): ReadonlyMap<string, readonly Named[]> {
  const names = new Map<string, Named[]>()
  for (const one of all) {
    const known = names.get(one.head.chain)
    if (known) known.push(one)
    else names.set(one.head.chain, [one])
  }
  return names
}

function rewritten({ chain, seq }: Row, { by }: Named): string {
  return `chain ${chain}: line ${seq} is not the one that ${by} names; the chain was written anew`
}

/** What is gone of a chain that others name. */
function missing(head: Head | undefined, named: readonly Named[]): string | null {
  const furthest = named.reduce((a, b) => (b.head.seq > a.head.seq ? b : a))
  const { chain, seq } = furthest.head
  if (!head)
    return `chain ${chain}: is gone, with its ${seq} lines or more; ${furthest.by} names it`
  if (head.seq >= seq) return null
  return `chain ${chain}: its end was removed: it stops at line ${head.seq}, and ${furthest.by} names line ${seq}`
}
