/**
 * @module The hash chain: what is changed, removed, put elsewhere or inserted is found and named; what is as it was is not.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { openChain, type AuditChain } from '../../src/audit/chain.ts'
import { auditEntry, byItself } from '../../src/audit/entry.ts'
import { headsOf, unnamedHeads } from '../../src/audit/heads.ts'
import { headText, parseHead, type Head } from '../../src/audit/line.ts'
import { verifyAudit, type Verdict } from '../../src/audit/verify.ts'
import { GatewayError } from '../../src/errors.ts'
import { openStore, type Store } from '../../src/store/open.ts'
import { freshFolder } from '../support/run.ts'
import { tamper, TAMPERINGS } from '../support/tampering.ts'

const KEY = Buffer.alloc(32, 7)
const NOW = Date.parse('2027-03-01T12:00:00Z')
const folder = freshFolder('audit')
const original = join(folder, 'original.db')

const entry = (subject: string) =>
  auditEntry(
    'key.create',
    { actor: 'key_1', request_id: 'req_1', at: NOW },
    { tenant: 'ten_1', subject },
  )

const open = (path: string): Promise<Store> =>
  openStore({ url: `file:${path}`, durability: 'process' })

/** What a process does: a chain, with lines in batches. */
async function write(store: Store, lines: number): Promise<AuditChain> {
  const chain = openChain(KEY, await unnamedHeads(store), () => NOW)
  store.attachChain(chain)
  for (let i = 0; i < lines; i++) await store.write(entry(`a${i}`))
  return chain
}

async function verified(path: string, known: readonly Head[] = [], key = KEY): Promise<Verdict> {
  const store = await open(path)
  const verdict = await verifyAudit(store, key, known)
  await store.close()
  return verdict
}

let target: Head
beforeAll(async () => {
  const store = await open(original)
  await write(store, 3)
  const head = (await write(store, 9)).head()
  if (!head) throw new Error('nothing was written')
  target = head
  await write(store, 2)
  await store.close()
})

let copies = 0
const copy = (): string => {
  const path = join(folder, `copy-${++copies}.db`)
  copyFileSync(original, path)
  return path
}

test('what was not touched is in order', async () => {
  const { lines, heads, found } = await verified(original)
  expect(found).toEqual([])
  // Each chain has a first line of its own.
  expect([lines, heads.map(({ seq }) => seq).toSorted((a, b) => a - b)]).toEqual([17, [3, 4, 10]])
})

describe('is found and named:', () => {
  test.each(Object.entries(TAMPERINGS))('%s', async (_, tampering) => {
    const path = copy()
    tamper(path, target.chain, tampering)
    const { found } = await verified(path)
    expect(found.find((one) => one.startsWith(`chain ${target.chain}: `))).toMatch(tampering.says)
  })
})

test('the end of the last chain, which nobody names, is missed by who kept its head', async () => {
  const path = copy()
  const store = await open(path)
  const chain = await write(store, 5)
  const head = chain.head()
  await store.close()
  if (!head) throw new Error('nothing was written')
  tamper(path, head.chain, TAMPERINGS['a removed end'] ?? { run: () => {}, says: /x/ })
  expect((await verified(path)).found).toEqual([])
  expect((await verified(path, [head])).found).toEqual([
    `chain ${head.chain}: its end was removed: it stops at line 5, and the head that was given names line 6`,
  ])
  // The whole file put back to what it was before.
  expect((await verified(original, [head])).found).toEqual([
    `chain ${head.chain}: is gone, with its 6 lines or more; the head that was given names it`,
  ])
  expect((await verified(original, [target])).found).toEqual([])
  const other = { ...target, hash: 'ab'.repeat(32) }
  expect((await verified(original, [other])).found[0]).toContain('the chain was written anew')
})

test('under another key nothing fits: who does not have it can write no line', async () => {
  const { found } = await verified(original, [], Buffer.alloc(32, 8))
  expect(found).toHaveLength(3)
})

describe('a chain', () => {
  test('writes nothing before there is something to tell, and then names where the others stand', async () => {
    const path = copy()
    const store = await open(path)
    const before = await headsOf(store)
    const unnamed = await unnamedHeads(store)
    expect(unnamed).toHaveLength(1)
    const chain = await write(store, 0)
    expect([chain.head(), await headsOf(store)]).toEqual([null, before])
    await store.write(entry('x'))
    expect(chain.head()?.seq).toBe(2)
    expect((await unnamedHeads(store)).map(headText)).toEqual(
      [chain.head()].flatMap((head) => (head ? [headText(head)] : [])),
    )
    await store.close()
  })

  test('has no gap where a batch is rolled back, and none of its lines twice', async () => {
    const path = copy()
    const store = await open(path)
    const chain = await write(store, 1)
    const bad = { sql: 'insert into nothing values (1)', params: [] }
    const all = await Promise.allSettled([
      store.write(entry('1')),
      store.write(entry('2'), bad),
      store.write(entry('3')),
    ])
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    await store.close()
    expect(chain.head()?.seq).toBe(4)
    expect((await verified(path)).found).toEqual([])
  })

  test('goes on as another where nobody knows what was written, and names what is known', async () => {
    const chain = openChain(KEY, [], () => NOW)
    chain.append(entry('1'))
    chain.committed()
    const known = chain.head()
    if (!known) throw new Error('nothing was written')
    chain.append(entry('2'))
    chain.inDoubt()
    expect(chain.head()).toBeNull()
    const { params } = chain.append(entry('3'))
    expect(params[0]).not.toBe(known.chain)
    expect(JSON.parse(String(params[8]))).toEqual({ heads: [headText(known)] })
  })

  test('takes any text and gives it back as it was hashed', async () => {
    const path = copy()
    const store = await open(path)
    await write(store, 1)
    for (const text of [
      'a\u0000b',
      '\ud800',
      'x'.repeat(10_000),
      '💳\n"',
      "'); drop table audit;--",
    ]) {
      const by = { ...byItself(NOW), actor: text, request_id: text }
      await store.write(
        auditEntry('key.create', by, { tenant: text, subject: text, detail: { text } }),
      )
    }
    await store.close()
    expect((await verified(path)).found).toEqual([])
  })
})

/** The code that a statement is refused with; null where it is not. */
const refused = (store: Store, sql: string): Promise<string | null> =>
  store.write({ sql, params: [] }).then(
    () => null,
    (error: unknown) => (error instanceof GatewayError ? error.code : 'another error'),
  )

test('the table takes no change and no deletion', async () => {
  const store = await open(copy())
  for (const sql of [
    "update audit set actor = 'x'",
    'delete from audit',
    'delete from audit where seq = 1',
  ]) {
    expect(await refused(store, sql)).toBe('storage_unavailable')
  }
  await store.close()
})

test('triggers that were taken away are there again at the next start', async () => {
  const path = copy()
  tamper(path, target.chain, { run: () => {}, says: /x/ })
  // As a server opens it; a command beside one changes nothing that is there.
  const store = await openStore({ url: `file:${path}`, durability: 'process' }, { owner: true })
  expect(await refused(store, 'delete from audit')).toBe('storage_unavailable')
  await store.close()
  expect((await verified(path)).lines).toBe(17)
})

test.each([
  '',
  'a:b:c',
  'chn_1:0:' + 'a'.repeat(64),
  'chn_1:1:' + 'a'.repeat(63),
  'CHN:1:' + 'a'.repeat(64),
])('a head of another form is none: %p', (text) => {
  expect(parseHead(text)).toBeNull()
})

afterAll(async () => expect((await verified(original)).found).toEqual([]))
