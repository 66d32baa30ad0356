/**
 * @module What is recorded of each preset's PSP: every request it makes, every kind of answer it has, webhooks that are genuine and forged.
 */
import { describe, expect, test } from 'bun:test'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { OperationName } from '../../src/adapter.ts'
import { readFixtures } from '../../src/conformance/fixture.ts'
import { openRegistry } from '../../src/registry.ts'
import { PRESETS } from '../../src/templates/presets.ts'

const FIXTURES = join(import.meta.dir, '../fixtures')
const registry = openRegistry()

/** What a PSP has not, or has elsewhere, and why; what is not named here must be recorded. */
interface Absent {
  readonly three_ds?: string
  readonly webhooks?: string
  readonly operations?: { readonly names: readonly OperationName[]; readonly why: string }
}
const LATER: readonly OperationName[] = ['capture', 'refund', 'void']
const ELSEWHERE =
  'is a call of its own before it; its result goes into extra: purchase_3ds.sent.txt'
const ABSENT: Readonly<Record<string, Absent>> = {
  fiserv: {
    three_ds: ELSEWHERE,
    webhooks: 'the vendor publishes no check: neither its pages nor its repository of them has one',
  },
  nmi: { three_ds: ELSEWHERE },
  paysafe: {
    three_ds: ELSEWHERE,
    webhooks:
      'documented for other APIs (Payments, Checkout, Direct Debit), not for Card Payments v1',
  },
  payu_india: {
    operations: { names: ['capture', 'void'], why: 'the flow has sales alone' },
  },
}

const read = (id: string) => {
  const names = readdirSync(join(FIXTURES, id))
  const files = names.map((name) => ({
    name,
    text: readFileSync(join(FIXTURES, id, name), 'utf8'),
  }))
  return { names, fixtures: readFixtures(files) }
}

describe.each(Object.keys(PRESETS))('%s', (id) => {
  const { names, fixtures } = read(id)
  const adapter = registry.get(id)
  const { three_ds, webhooks, operations } = ABSENT[id] ?? {}
  const kinds = fixtures.answers
    .filter(({ operation }) => operation === 'purchase')
    .map(({ outcome }) => Reflect.get(Object(outcome), 'kind'))

  test('a sale that is approved, declined, refused, and one that nobody can tell', () => {
    for (const kind of ['approved', 'declined', 'refused', 'unrecognised']) {
      expect([id, kinds]).toEqual([id, expect.arrayContaining([kind])])
    }
  })
  test('3-D Secure, or a sale with what came of it', () => {
    if (three_ds === undefined) expect(kinds).toContain('action_required')
    else expect(names).toContain('purchase_3ds.sent.txt')
  })
  test('capture, refund and void, where it has them', () => {
    const has = LATER.filter((name) => adapter.operations[name])
    expect(has).toEqual(LATER.filter((name) => !operations?.names.includes(name)))
  })
  test('each request, and an answer of success to it', () => {
    for (const operation of Object.keys(adapter.operations)) {
      expect(names).toContain(`${operation}.sent.txt`)
      const worked = fixtures.answers.filter(
        ({ operation: of, outcome }) =>
          of === operation &&
          /approved|pending|action_required/.test(String(Reflect.get(Object(outcome), 'kind'))),
      )
      expect([operation, worked.length > 0]).toEqual([operation, true])
    }
  })
  test('webhooks that are genuine, and forged ones', () => {
    expect(adapter.notification === undefined).toBe(webhooks !== undefined)
    const genuine = fixtures.notifications.map((one) => one.genuine)
    expect(new Set(genuine)).toEqual(new Set(webhooks === undefined ? [true, false] : []))
    for (const { genuine: good, notice } of fixtures.notifications) {
      expect(good === true).toBe(notice !== undefined)
    }
  })
  test('where each of them is from', () => {
    const all = [...fixtures.answers, ...fixtures.notifications]
    for (const { name, source } of all) expect([name, source]).toEqual([name, expect.any(String)])
    for (const name of names.filter((one) => one.endsWith('.sent.txt'))) {
      expect(readFileSync(join(FIXTURES, id, name), 'utf8')).toMatch(/^# source: \S/)
    }
  })
})

test('what is absent is a preset', () => {
  expect(Object.keys(ABSENT).filter((id) => !Object.hasOwn(PRESETS, id))).toEqual([])
})
