/**
 * @module API keys as credentials: only the very key opens, and only while it lives.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { as, startGateway, type Answered, type TestGateway } from '../support/gateway.ts'

let shop: TestGateway
beforeAll(async () => {
  shop = await startGateway()
})
afterAll(() => shop.close())

const read = (headers: Readonly<Record<string, string>>): Promise<Answered> =>
  shop.call('GET', '/v1/tokens', undefined, headers)

test('a key opens, whatever the case of the scheme', async () => {
  const key = await shop.newKey(['tokens:read'])
  for (const scheme of ['Bearer', 'bearer', 'BEARER ']) {
    expect((await read({ authorization: `${scheme} ${key}` })).status).toBe(200)
  }
})

test('anything but the very key is refused, always in the same words', async () => {
  const key = await shop.newKey(['tokens:read'])
  const last = key.endsWith('A') ? 'B' : 'A'
  const wrong = [
    key.slice(0, -1),
    key.slice(0, -1) + last,
    `${key}A`,
    key.toUpperCase(),
    key.replace('pgk_live_', 'pgk_test_'),
    key.replace('pgk_', 'pgs_'),
    key.replace('pgk_live_', ''),
    'pgk_live_',
    'pgk_',
    'null',
    'undefined',
    '..',
    'a.b.c',
    "' or 1=1 --",
    'é',
  ]
  const words = new Set<string>()
  for (const credential of wrong) {
    const answer = await read(as(credential))
    expect(answer.status, credential).toBe(401)
    words.add(answer.textAt('error', 'message'))
    expect(answer.text).not.toContain(key.slice(9))
  }
  expect(words.size).toBeLessThanOrEqual(2)
})

test('a credential in the wrong place is none', async () => {
  const key = await shop.newKey(['tokens:read'])
  for (const authorization of [
    key,
    `Basic ${key}`,
    `Basic ${btoa(`${key}:`)}`,
    'Bearer',
    `Bearer ${key} ${key}`,
  ]) {
    expect((await read({ authorization })).status, authorization).toBe(401)
  }
  expect((await read({ authorization: '', 'x-api-key': key })).status).toBe(401)
  const query = await shop.call('GET', `/v1/tokens?access_token=${key}`, undefined, {
    authorization: '',
  })
  expect(query.status).toBe(401)
})

test('a revoked key stops at once, and only that key', async () => {
  const [one, other] = [await shop.newKey(['tokens:read']), await shop.newKey(['tokens:read'])]
  const made = await shop.call('POST', '/v1/keys', { scopes: ['tokens:read'] })
  const key = made.textAt('key')
  expect((await read(as(key))).status).toBe(200)
  expect((await shop.call('DELETE', `/v1/keys/${made.textAt('id')}`)).status).toBe(204)
  expect((await read(as(key))).status).toBe(401)
  for (const still of [one, other]) expect((await read(as(still))).status).toBe(200)
})

test('the database holds no key, only its hash', async () => {
  const made = await shop.call('POST', '/v1/keys', { scopes: ['tokens:read'] })
  const key = made.textAt('key')
  expect(key).toMatch(/^pgk_live_[\w-]{43}$/)
  for (const file of ['pangate.db', 'pangate.db-wal']) {
    expect(readFileSync(join(shop.folder, file)).includes(key.slice(9))).toBe(false)
  }
  expect(shop.log()).not.toContain(key.slice(9))
})
