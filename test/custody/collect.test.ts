/**
 * @module Shares of a master key: any threshold of them make it, and nothing else does or is told apart.
 */
import { expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { collectShares, type Refusal } from '../../src/custody/collect.ts'
import { parseShare, splitKey } from '../../src/custody/share.ts'
import { generateMasterKey, masterKeyOf, parse } from '../../src/vault/master_key.ts'

const master = parse(generateMasterKey())
const own = async ({ id }: { readonly id: string }): Promise<boolean> => id === master.id

/** What comes of shares that are given one after another. */
async function offered(texts: readonly string[], now = () => 0) {
  const collector = collectShares(own, now)
  const answers: (Refusal | 'open' | number)[] = []
  for (const text of texts) {
    const { refused, master: made, have } = await collector.offer(text)
    if (made) expect(made).toEqual(master)
    answers.push(refused ?? (made ? 'open' : have))
  }
  return answers
}

test('any two of three make the key, in any order, as people type them', async () => {
  const [a = '', b = '', c = ''] = await splitKey(master, 3, 2)
  for (const pair of [
    [a, b],
    [b, a],
    [a, c],
    [c, b],
  ]) {
    expect(await offered(pair)).toEqual([1, 'open'])
  }
  const typed = ` ${a.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')}\n`
  // The prefix has an l too, and stays what it is.
  expect(parseShare(typed.replace('pangatel', 'pangate1'))).toEqual(parseShare(a))
})

test('a share says where it belongs, and nothing of the key', async () => {
  const shares = (await splitKey(master, 5, 3)).map((text) => parseShare(text))
  expect(shares.map((one) => one?.index)).toEqual([1, 2, 3, 4, 5])
  expect(new Set(shares.map((one) => one?.group)).size).toBe(1)
  for (const one of shares) {
    expect([one?.threshold, one?.count]).toEqual([3, 5])
    expect(one?.bytes.includes(master.key.subarray(0, 8))).toBe(false)
  }
})

test('K02 every single changed, missing or further letter of a share is seen', async () => {
  const [share = ''] = await splitKey(master, 2, 2)
  const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZU!'
  let tried = 0
  for (let at = 'PANGATE1-'.length; at < share.length; at++) {
    if (share[at] === '-') continue
    for (const letter of letters) {
      if (letter === share[at]) continue
      expect(parseShare(share.slice(0, at) + letter + share.slice(at + 1))).toBeNull()
      tried++
    }
    expect(parseShare(share.slice(0, at) + share.slice(at + 1))).toBeNull()
    expect(parseShare(`${share.slice(0, at)}A${share.slice(at)}`)).toBeNull()
  }
  expect(tried).toBeGreaterThan(2000)
})

test('K02 wrong, repeated and mixed shares stay sealed, and are told in words', async () => {
  const first = await splitKey(master, 3, 2)
  const second = await splitKey(master, 3, 2)
  const foreign = await splitKey(masterKeyOf(randomBytes(32)), 3, 2)
  const [a = '', b = ''] = first
  expect(await offered(['', 'hunter2', a.slice(1), a])).toEqual([
    'malformed',
    'malformed',
    'malformed',
    1,
  ])
  expect(await offered([a, a, b])).toEqual([1, 'duplicate', 'open'])
  expect(await offered([a, second[0] ?? '', second[1] ?? '', b])).toEqual([
    1,
    'other_set',
    'other_set',
    'open',
  ])
  expect(await offered([...foreign.slice(0, 2), a, b])).toEqual([1, 'wrong_key', 1, 'open'])
})

test('K02 fewer than the threshold make nothing, also when they are combined by force', async () => {
  const shares = await splitKey(master, 5, 3)
  expect(await offered(shares.slice(0, 2))).toEqual([1, 2])
  const { combineShares } = await import('../../src/custody/share.ts')
  const two = shares.slice(0, 2).flatMap((text) => parseShare(text) ?? [])
  expect((await combineShares(two))?.id).not.toBe(master.id)
})

test('K02 after ten wrong ones each further one waits, right ones too, and time helps', async () => {
  let now = 0
  const collector = collectShares(own, () => now)
  const [a = '', b = ''] = await splitKey(master, 3, 2)
  await collector.offer(a)
  for (let at = 0; at < 10; at++) expect((await collector.offer('x')).refused).toBe('malformed')
  expect((await collector.offer('x')).refused).toBe('too_often')
  expect((await collector.offer(b)).refused).toBe('too_often')
  expect(collector.waitSeconds()).toBe(30)
  now = 30_000
  expect(collector.waitSeconds()).toBe(0)
  expect((await collector.offer('x')).refused).toBe('malformed')
  expect((await collector.offer(b)).refused).toBe('too_often')
  now = 60_000
  expect((await collector.offer(b)).master?.id).toBe(master.id)
})

test('a database that does not answer costs no share', async () => {
  let there = false
  const collector = collectShares(async (key) => {
    if (!there) throw new Error('away')
    return own(key)
  })
  const [a = '', b = ''] = await splitKey(master, 3, 2)
  await collector.offer(a)
  expect(await collector.offer(b).catch(() => 'failed')).toBe('failed')
  there = true
  expect((await collector.offer(b)).master?.id).toBe(master.id)
})

test('shares that come at once are taken one after another', async () => {
  const collector = collectShares(own)
  const [a = '', b = ''] = await splitKey(master, 3, 2)
  const all = await Promise.all([a, a, b, b].map((text) => collector.offer(text)))
  expect(all.map(({ refused, master: made }) => refused ?? (made ? 'open' : 'taken'))).toEqual([
    'taken',
    'duplicate',
    'open',
    // The next set begins.
    'taken',
  ])
})
