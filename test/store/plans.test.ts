/**
 * @module How SQLite finds what the record of forwards is asked for, and what is too old: by an index, and lists in its order.
 */
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { databaseOver } from '../../src/store/database.ts'
import {
  findForward,
  finishForward,
  forwardByKey,
  listForwards,
  withdrawForward,
} from '../../src/store/forwards.ts'
import { connect } from '../../src/store/native.ts'
import { openStore } from '../../src/store/open.ts'
import { pruneRecords } from '../../src/store/retention.ts'
import { plainWrite } from '../../src/store/write.ts'
import { freshFolder } from '../support/run.ts'

const OWNER = { tenant: 'ten_1', test: false }
const NOTHING = {
  psp_status: null,
  outcome: null,
  error_code: null,
  total_ms: null,
  psp_ms: null,
  sealed_result: null,
}

test('a forward is found, listed and finished by one index', async () => {
  const file = join(freshFolder('plans'), 'pangate.db')
  const store = await openStore({ url: `file:${file}`, durability: 'process' })
  const connection = connect(file, 1000)
  const planOf = (sql: string): string =>
    connection
      .named(`explain query plan ${sql.replaceAll('?', 'null')}`, [])
      .map(({ detail }) => String(detail))
      .join('; ')
  const own = 'sqlite_autoindex_forwards_1 (tenant_id=? AND test=? AND id'

  for (const write of [
    finishForward(store, OWNER, 'fwd_1', 'done', NOTHING),
    finishForward(store, OWNER, 'fwd_1', 'not_sent', NOTHING),
    withdrawForward(store, OWNER, 'fwd_1'),
  ]) {
    expect(planOf(write.toSQL().sql)).toBe(`SEARCH forwards USING INDEX ${own}=?)`)
  }
  const asked: string[] = []
  const db = databaseOver(async ({ sql }) => {
    asked.push(sql)
    return []
  })
  const watched = { ...store, db }
  await findForward(watched, OWNER, 'fwd_1')
  await listForwards(watched, OWNER, 10, 'fwd_1')
  await forwardByKey(watched, OWNER, 'order-1')
  expect(asked.map(planOf)).toEqual([
    `SEARCH forwards USING INDEX ${own}=?)`,
    `SEARCH forwards USING INDEX ${own}<?)`,
    'SEARCH forwards USING INDEX forwards_idempotency (tenant_id=? AND test=? AND idempotency_key=?)',
  ])
  connection.close()
  await store.close()
})

test('what is old is found and deleted by indexes, whatever is young', async () => {
  const file = join(freshFolder('plans'), 'pangate.db')
  const store = await openStore({ url: `file:${file}`, durability: 'process' })
  const connection = connect(file, 1000)
  const planOf = (sql: string, params: readonly unknown[]): string =>
    connection
      .named(`explain query plan ${sql}`, params)
      .map(({ detail }) => String(detail))
      .join('; ')
  const plans: string[] = []
  let batches = 0
  // Of each table there is one batch.
  const db = databaseOver(async ({ sql, params }) => {
    plans.push(planOf(sql, params))
    return batches++ % 2 === 0 ? [[1], [2]] : []
  })
  const write: typeof store.write = async (...writes) =>
    writes.map((one) => {
      const plain = plainWrite(one)
      if ('sql' in plain) plans.push(planOf(plain.sql, plain.params))
      return { rowsAffected: 2 }
    })
  const all = { store: { ...store, db, write }, clock: Date.now, pause: async () => undefined }
  expect(await pruneRecords(Date.now(), { ...all, isStopped: () => false })).toBe(4)

  const ofAll = 'USING INDEX sqlite_autoindex_tenants_1 FOR IN-OPERATOR'
  const byNumber = (table: string) =>
    `SEARCH ${table} USING INTEGER PRIMARY KEY (rowid=?); ${ofAll}`
  const records = `SEARCH forwards USING INDEX sqlite_autoindex_forwards_1 (tenant_id=? AND test=? AND id<?); ${ofAll}`
  const messages = `SEARCH notifications USING INDEX notifications_tenant (tenant_id=? AND id<?); ${ofAll}`
  expect(plans).toEqual([
    ...[records, byNumber('forwards'), records],
    ...[messages, byNumber('notifications'), messages],
  ])
  connection.close()
  await store.close()
})
