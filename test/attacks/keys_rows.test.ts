/**
 * @module Sealed values that are moved, changed byte by byte, or cut: on the executable, in its own database; and random numbers that fail.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Client } from '@libsql/client'
import { binaryPath, run, stopAll } from '../support/binary.ts'
import type { Served } from '../support/installed.ts'
import { database, keyed, type Keyed } from './keys_support.ts'

const LONG = process.env['PANGATE_TEST_LONG'] === '1'

let shop: Keyed
let served: Served
let file: Client
let one: string
let two: string

beforeAll(async () => {
  shop = await keyed()
  served = await shop.serve()
  file = database(shop.installed.dir)
  one = await shop.store(served)
  two = await shop.store(served)
}, 30_000)
afterAll(async () => {
  file.close()
  await stopAll()
})

async function column(token: string, name: string): Promise<Uint8Array> {
  const { rows } = await file.execute({
    sql: `select ${name} from tokens where id = ?`,
    args: [token],
  })
  const value = rows[0]?.[0]
  if (!(value instanceof ArrayBuffer)) throw new Error(`no ${name}`)
  return new Uint8Array(value.slice(0))
}

async function put(token: string, name: string, value: Uint8Array | null): Promise<void> {
  await file.execute({ sql: `update tokens set ${name} = ? where id = ?`, args: [value, token] })
}

const REFUSED = '500 integrity'

test('K03 every byte of a stored number, changed: nothing opens', async () => {
  const right = await column(one, 'sealed_number')
  // One bit of each byte, or each of its bits.
  const bits = LONG ? [1, 2, 4, 8, 16, 32, 64, 128] : [1, 128]
  let tried = 0
  for (let at = 0; at < right.length; at++) {
    for (const bit of bits) {
      const changed = Uint8Array.from(right)
      changed[at] = (changed[at] ?? 0) ^ bit
      await put(one, 'sealed_number', changed)
      expect(await shop.reveal(served, one), `byte ${at}, bit ${bit}`).toBe(REFUSED)
      tried++
    }
  }
  for (let length = 0; length < right.length; length++) {
    await put(one, 'sealed_number', right.slice(0, length))
    expect(await shop.reveal(served, one), `${length} bytes`).toBe(REFUSED)
    tried++
  }
  await put(one, 'sealed_number', right)
  expect(await shop.reveal(served, one)).toBe(shop.cards.get(one) ?? '')
  console.log(`K03: ${tried} changed values of ${right.length} bytes refused`)
}, 60_000)

test('K03 a value moved to another row, column or tenant opens nowhere', async () => {
  const number = await column(one, 'sealed_number')
  const holder = await column(one, 'sealed_holder')
  const other = await column(two, 'sealed_number')
  await put(one, 'sealed_number', other)
  expect(await shop.reveal(served, one)).toBe(REFUSED)
  await put(one, 'sealed_number', holder)
  expect(await shop.reveal(served, one)).toBe(REFUSED)
  await put(one, 'sealed_number', number)
  await put(one, 'sealed_holder', number)
  expect(await shop.reveal(served, one)).toBe(REFUSED)
  await put(one, 'sealed_holder', holder)
  // The whole row to another tenant of the same installation, which has a key of its own.
  const made: { readonly id?: string } = JSON.parse(
    await shop.installed.command('tenant', 'create', 'other', '--json'),
  )
  const key: { readonly key?: string } = JSON.parse(
    await shop.installed.command(
      ...['key', 'create', '--tenant', 'other', '--scope', 'tokens:reveal', '--json'],
    ),
  )
  const move = (to: string) =>
    file.execute({ sql: 'update tokens set tenant_id = ? where id = ?', args: [to, one] })
  await move(made.id ?? '')
  const stranger = { ...shop, reader: key.key ?? '' }
  const stolen = await served.call('POST', `/v1/tokens/${one}/reveal`, undefined, {
    authorization: `Bearer ${stranger.reader}`,
  })
  expect([stolen.status, stolen.textAt('error', 'code')]).toEqual([500, 'integrity'])
  await move(shop.installed.tenant)
  expect(await shop.reveal(served, one)).toBe(shop.cards.get(one) ?? '')
})

test("K03 every byte of a wrapped data key, changed: the tenant's cards stay shut", async () => {
  const where = "tenant_id = ? and purpose = 'data'"
  const { rows } = await file.execute({
    sql: `select wrapped from data_keys where ${where}`,
    args: [shop.installed.tenant],
  })
  const value = rows[0]?.[0]
  if (!(value instanceof ArrayBuffer)) throw new Error('no key')
  const right = new Uint8Array(value.slice(0))
  // Servers read a key once and keep it; a change of the count makes them read it again.
  const set = (wrapped: Uint8Array) =>
    file.batch(
      [
        {
          sql: `update data_keys set wrapped = ? where ${where}`,
          args: [wrapped, shop.installed.tenant],
        },
        "insert into meta values ('keys_generation', '1') on conflict do update set value = value + 1",
      ],
      'write',
    )
  await served.program.stop()
  const step = LONG ? 1 : 7
  for (let at = 0; at < right.length; at += step) {
    const changed = Uint8Array.from(right)
    changed[at] = (changed[at] ?? 0) ^ 1
    await set(changed)
    const seen = await run(['doctor', '--json'], { dir: shop.installed.dir })
    expect(seen.status, `byte ${at}`).toBe(1)
    expect(seen.stdout, `byte ${at}`).toContain('does not open')
  }
  await set(right)
  served = await shop.serve()
  expect(await shop.reveal(served, one)).toBe(shop.cards.get(one) ?? '')
}, 120_000)

const strace = Bun.which('strace')
if (!strace) console.log('skipped: K09, there is no strace to make random numbers fail with')
test.skipIf(!strace)(
  'K09 without random numbers it ends, and makes no key',
  async () => {
    let keys = 0
    let ends = 0
    // From the nth call on every one fails, as a kernel without them does.
    for (let nth = 1; nth <= 40 && keys === 0; nth++) {
      const inject = `inject=getrandom:error=EIO:when=${nth}+`
      const child = Bun.spawnSync(
        [
          strace ?? '',
          '-f',
          '-qq',
          '-o',
          '/dev/null',
          '-e',
          'trace=getrandom',
          '-e',
          inject,
          binaryPath(),
          'master-key',
          'generate',
        ],
        { env: {}, stdout: 'pipe', stderr: 'pipe' },
      )
      if (/^[A-Za-z0-9+/]{43}=$/m.test(child.stdout.toString())) keys++
      else {
        expect(child.exitCode, `from call ${nth}`).not.toBe(0)
        ends++
      }
    }
    console.log(`K09: ended ${ends} times without a key, until no call failed`)
    expect(ends).toBeGreaterThan(3)
    expect(keys).toBe(1)
  },
  60_000,
)
