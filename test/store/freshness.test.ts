/**
 * @module Which reads a replica may answer, with a clock that is moved.
 */
import { beforeEach, expect, test } from 'bun:test'
import { openFreshness, type Freshness } from '../../src/store/freshness.ts'

const TOKEN = 'select "id" from "tokens" where "tokens"."id" = ?'
const BOUND = 1000
let now = 0
let freshness: Freshness

beforeEach(() => {
  now = 5000
  freshness = openFreshness(BOUND, () => now)
})

const write = (sql: string): boolean => freshness.wrote([{ sql, params: [] }])
const get = (sql = TOKEN): boolean => freshness.allows(sql, 'get')
const all = (sql = TOKEN): boolean => freshness.allows(sql, 'all')

test('nothing is read before the first synchronisation, nor beyond the bound', () => {
  expect(get()).toBe(false)
  expect(freshness.age()).toBeNull()
  const succeeded = freshness.began()
  now += 400
  expect(get()).toBe(false)
  succeeded()
  // It counts from the beginning: what was deleted during it may be missing.
  expect(freshness.age()).toBe(400)
  now += 600
  expect(get()).toBe(true)
  now += 1
  expect(get()).toBe(false)
  freshness.began()()
  expect(get()).toBe(true)
})

test('only what is looked up for a forward is read', () => {
  freshness.began()()
  for (const sql of [
    'select 1',
    'select * from "forwards" where "id" = ?',
    'select * from "replies"',
    'select * from "data_keys"',
    'select * from "meta"',
    'select chain from audit',
    'select * from "tokens" join "forwards" on 1',
    'select (select count(*) from forwards) from "tokens"',
  ]) {
    expect(get(sql), sql).toBe(false)
  }
  const searched = `${TOKEN} and exists (select 1 from json_each("tokens"."metadata"))`
  for (const sql of [TOKEN, searched, 'select * from "api_keys" where "hash" = ?']) {
    expect(get(sql), sql).toBe(true)
  }
})

test('what this node changed is asked of the primary until a later synchronisation', () => {
  freshness.began()()
  const during = freshness.began()
  expect(write('update "tokens" set "metadata" = ?')).toBe(true)
  expect(get()).toBe(false)
  expect(get('select * from "api_keys"')).toBe(true)
  // It began before the write, and may have passed it by.
  during()
  expect(get()).toBe(false)
  freshness.began()()
  expect(get()).toBe(true)
  expect(write('delete from "tokens" where "id" = ?')).toBe(true)
  expect(get()).toBe(false)
})

test('what this node added is missed in lists alone: one that is looked up is asked of the primary', () => {
  freshness.began()()
  expect(write('insert into "tokens" ("id") values (?) on conflict do nothing')).toBe(true)
  expect([get(), all()]).toEqual([true, false])
  freshness.began()()
  expect([get(), all()]).toEqual([true, true])
  write('insert into "tokens" ("id") values (?) on conflict ("id") do update set "test" = 1')
  expect(get()).toBe(false)
})

test('what a replica is not read for does not hurry it', () => {
  expect(write('insert into "forwards" ("id") values (?)')).toBe(false)
  expect(write('update "replies" set "claim" = ?')).toBe(false)
})
