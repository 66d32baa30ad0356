/**
 * @module Idempotency keys in every API that takes one: repeated, with another request, by others, missing, odd, and over.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { stopAll } from '../support/binary.ts'
import { canaryCard } from '../support/canary.ts'
import { rawRequest, sendRaw } from '../support/raw.ts'
import { openShop, type Shop } from '../support/shop.ts'

let shop: Shop
/** Keys of the API: the merchant's own, its test key, and another merchant's. */
let own: string
let testing: string
let other: string

const SCOPES = 'tokens:write,tokens:read,forward,forwards:read'

beforeAll(async () => {
  shop = await openShop()
  const { installed, wire } = shop
  const create = async (tenant: string, ...more: readonly string[]): Promise<string> => {
    const args = ['--tenant', tenant, '--scope', SCOPES, '--json', ...more]
    return JSON.parse(await installed.command('key', 'create', ...args)).key
  }
  await installed.command('tenant', 'create', 'other')
  await installed.command(
    'destination',
    'add',
    'localhost',
    '--port',
    `${wire.port}`,
    '--tenant',
    'other',
  )
  own = installed.key
  testing = await create('shop', '--test')
  other = await create('other')
}, 30_000)
afterAll(async () => {
  await shop.stop()
  await stopAll()
}, 20_000)

interface Answer {
  readonly status: number
  readonly body: string
}

/** A request: where it goes, what it is called so that its effects can be counted, and something to tell it from another. */
interface Asked {
  readonly credential: string
  readonly mark: string
  readonly n: number
}

interface Api {
  readonly name: string
  readonly header: string
  request(asked: Asked): {
    readonly line: string
    readonly headers: readonly string[]
    readonly body: string
  }
  /** How often it had its effect. */
  effects(asked: Asked): Promise<number>
}

const arrived = async ({ mark }: Asked): Promise<number> =>
  shop.wire.requests.filter(({ line }) => line.includes(` /${mark} `)).length

const APIS: readonly Api[] = [
  {
    name: 'POST /v1/forward',
    header: 'Idempotency-Key',
    request: ({ credential, mark, n }) => ({
      line: 'POST /v1/forward',
      headers: [`Authorization: Bearer ${credential}`],
      body: JSON.stringify({ request: { url: `${shop.wire.url}/${mark}`, body: { n } } }),
    }),
    effects: arrived,
  },
  {
    name: "Basis Theory's proxy",
    header: 'BT-IDEMPOTENCY-KEY',
    request: ({ credential, mark, n }) => ({
      line: `POST /proxy/${mark}`,
      headers: [`BT-API-KEY: ${credential}`, `BT-PROXY-URL: ${shop.wire.url}`],
      body: JSON.stringify({ n }),
    }),
    effects: arrived,
  },
  {
    name: "Basis Theory AI's proxy",
    header: 'BT-IDEMPOTENCY-KEY',
    request: ({ credential, mark, n }) => ({
      line: `POST /tenants/${credential === other ? 'other' : 'shop'}/proxy`,
      headers: [
        `BT-Authorization: Bearer ${credential}`,
        `BT-Target-URL: ${shop.wire.url}/${mark}`,
      ],
      body: JSON.stringify({ n }),
    }),
    effects: arrived,
  },
  {
    name: "Basis Theory's tokens",
    header: 'BT-IDEMPOTENCY-KEY',
    request: ({ credential, mark, n }) => ({
      line: 'POST /tokens',
      headers: [`BT-API-KEY: ${credential}`],
      body: JSON.stringify({ type: 'token', data: `data ${n}`, metadata: { mark } }),
    }),
    async effects({ credential, mark }) {
      const answer = await raw(`GET /tokens?metadata.mark=${mark}`, [`BT-API-KEY: ${credential}`])
      return JSON.parse(answer.body).pagination.total_items
    },
  },
]

async function raw(line: string, headers: readonly string[], body = ''): Promise<Answer> {
  const all = [
    ...['Host: gateway.test', ...headers],
    ...(body === '' ? [] : ['Content-Type: application/json', `Content-Length: ${body.length}`]),
  ]
  const { text, statuses } = await sendRaw(
    shop.port,
    rawRequest(`${line} HTTP/1.1`, [...all, 'Connection: close'], body),
  )
  return { status: statuses[0] ?? 0, body: text.slice(text.indexOf('\r\n\r\n') + 4) }
}

/** `keys` are the values of the header, each in a line of its own. */
function ask(api: Api, asked: Asked, ...keys: readonly string[]): Promise<Answer> {
  const { line, headers, body } = api.request(asked)
  return raw(line, [...headers, ...keys.map((key) => `${api.header}: ${key}`)], body)
}

let marks = 0
const asking = (credential: string): Asked => ({ credential, mark: `mark-${++marks}`, n: 1 })

describe.each(APIS)('$name', (api) => {
  // All that forward have their keys in common.
  const named = (key: string): string => `${APIS.indexOf(api)}${key}`
  test('D08 the same request again: the same answer byte for byte, and nothing done; also five at once', async () => {
    const asked = asking(own)
    const first = await ask(api, asked, named('again'))
    expect(first.status, first.body).toBeLessThan(300)
    for (const one of await Promise.all(
      Array.from({ length: 5 }, () => ask(api, asked, named('again'))),
    )) {
      expect(one).toEqual(first)
    }
    expect(await api.effects(asked)).toBe(1)
  })

  test('D08 another request under the same key: 422, and nothing done', async () => {
    const asked = asking(own)
    expect((await ask(api, asked, named('other-body'))).status).toBeLessThan(300)
    const elsewhere = { ...asked, mark: `${asked.mark}-elsewhere` }
    for (const wrong of [{ ...asked, n: 2 }, elsewhere]) {
      const refused = await ask(api, wrong, named('other-body'))
      expect(refused.status, refused.body).toBe(422)
    }
    expect(await api.effects(asked)).toBe(1)
    expect(await api.effects(elsewhere)).toBe(0)
  })

  test('D08 the same key of another merchant, and in the other mode: each its own', async () => {
    const [mine, theirs, test] = [asking(own), asking(other), asking(testing)]
    for (const asked of [mine, theirs, test]) {
      const first = await ask(api, asked, named('common'))
      expect(first.status, first.body).toBeLessThan(300)
      expect(await ask(api, asked, named('common'))).toEqual(first)
      expect(await api.effects(asked)).toBe(1)
    }
  })

  test('D08 without a key each request counts; keys that differ in case are two', async () => {
    const asked = asking(own)
    await ask(api, asked)
    await ask(api, asked)
    expect(await api.effects(asked)).toBe(2)
    await ask(api, asked, named('Case'))
    await ask(api, asked, named('case'))
    expect(await api.effects(asked)).toBe(4)
  })

  test('D08 every printable character, and 255 of them, are a key', async () => {
    const printable = Array.from({ length: 94 }, (_, at) => String.fromCharCode(33 + at)).join('')
    for (const key of [
      ...['', printable, 'k'.repeat(254), '"quoted"', ',a,b'].map(named),
      `"${marks}"`,
    ]) {
      const asked = asking(own)
      const first = await ask(api, asked, key)
      expect(first.status, first.body).toBeLessThan(300)
      expect(await ask(api, asked, key)).toEqual(first)
      expect(await api.effects(asked)).toBe(1)
    }
  })

  test('D08 a key that is none: refused, nothing done, and not repeated in the answer', async () => {
    const card = canaryCard()
    const bad = [
      ...['', ' ', 'k'.repeat(256), 'a b', 'a\tb', 'caf\xe9', '\xe2\x82\xac', '\x7f'],
      ...[card, `order-${card}`, card.replace(/(\d{4})(?=\d)/g, '$1-')],
    ]
    for (const key of bad) {
      const asked = asking(own)
      const refused = await ask(api, asked, key)
      expect([key, refused.status]).toEqual([key, 400])
      expect(refused.body).not.toContain(card)
      expect(await api.effects(asked)).toBe(0)
    }
  })

  test('D08 two keys in one request, and one that breaks the line: nothing done', async () => {
    for (const keys of [['one', 'two'], ['a\0b']]) {
      const asked = asking(own)
      expect((await ask(api, asked, ...keys)).status).toBe(400)
      expect(await api.effects(asked)).toBe(0)
    }
    // What stands behind the break is a header of its own, and the key what stands before.
    const asked = asking(own)
    const first = await ask(api, asked, `${named('broken')}\r\nX-Other: 1`)
    expect(await ask(api, asked, named('broken'))).toEqual(first)
    expect(await api.effects(asked)).toBe(1)
  })
})

test('D08 all is well afterwards', () => shop.expectSound())
