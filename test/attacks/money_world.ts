/**
 * @module Payments while a server is killed: who asked for what, what each was told, what the PSP saw, and whether the three agree.
 */
import { Database } from 'bun:sqlite'
import { expect } from 'bun:test'
import { Agent, request as ask } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { auditLines, databaseOf } from '../support/audit.ts'
import { canaryCard } from '../support/canary.ts'
import { install, type Installed } from '../support/installed.ts'
import { evidence } from '../support/run.ts'
import { respond, startWire } from '../support/wire.ts'
import { forAll } from './sending.ts'

/** What a caller was answered. */
interface Told {
  readonly status: number
  readonly text: string
  /** Of the forward; null where the answer is about none. */
  readonly sent: string | null
  readonly code: string | null
  readonly id: string | null
}

/** One payment as its caller means it: it may be asked for several times, by its key. */
interface Order {
  /** The path at the PSP, of this order alone. */
  readonly name: string
  readonly key: string | null
  readonly body: string
  /** Null where the connection ended without an answer. */
  readonly told: (Told | null)[]
}

interface Record {
  readonly id: string
  readonly state: string
  readonly name: string
}

export interface MoneyWorld {
  readonly installed: Installed
  readonly random: () => number
  /** How many calls have ended, with an answer or without. */
  answered(): number
  /** Runs callers against a server until `over` says so; resolves when each has an answer, or none will come. */
  load(url: string, over: () => boolean): Promise<void>
  /**
   * Compares everything, at a server that was started after the last kill. Gives what there was, in numbers. `orphans`: there were
   * processes that could tell their callers of a failure and not write it down.
   */
  check(url: string, orphans: boolean): Promise<Readonly<{ [what: string]: number }>>
  /** Compares the file, once no server has it. */
  checkFile(): Promise<void>
  stop(): Promise<void>
}

const LANES = 8
const CARDS = 16
/** Tokens whose card is sent once more at the end. */
const OPENED = 400

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A shop, a PSP that answers as PSPs do, and a place where no TLS comes about, so that nothing can be sent there. */
export async function openMoneyWorld(seed: number): Promise<MoneyWorld> {
  const random = randomFrom(seed)
  const wire = await startWire()
  const nowhere = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve) => nowhere.listen(0, '127.0.0.1', resolve))
  // It listens on a port, so that is what it gives.
  const { port: deaf } = nowhere.address() as AddressInfo
  const installed = await install(wire)
  await installed.command(
    'destination',
    'add',
    'localhost',
    '--port',
    `${deaf}`,
    '--tenant',
    'shop',
  )
  const cards = Array.from({ length: CARDS }, () => canaryCard())
  const tokens: { readonly id: string; readonly card: string }[] = []
  const orders: Order[] = []
  const keyed: Order[] = []
  const texts: string[] = []
  const agent = new Agent({ keepAlive: true })
  let count = 0
  let ended = 0

  /** How often each order arrived. */
  const came = new Map<string, number>()
  const bodies = new Map<string, string>()
  wire.reply = ({ socket, line, body }) => {
    const name = nameOf(line)
    came.set(name, (came.get(name) ?? 0) + 1)
    if (name.startsWith('open-')) bodies.set(name, body)
    wire.requests.length = 0
    const chance = random()
    const answer = (): void => respond(socket, JSON.stringify({ paid: name }))
    if (chance < 0.06) socket.destroy()
    else if (chance < 0.3) setTimeout(() => socket.destroyed || answer(), chance * 200)
    else answer()
  }

  async function call(
    url: string,
    method: string,
    path: string,
    body: string | null = null,
    headers: Readonly<{ [name: string]: string }> = {},
  ): Promise<Told | null> {
    const answer = await post(agent, url + path, method, body, {
      authorization: `Bearer ${installed.key}`,
      'content-type': 'application/json',
      ...headers,
    })
    ended++
    if (answer) texts.push(answer.text)
    return answer && toldOf(answer.status, answer.text)
  }

  async function place(url: string, order: Order): Promise<Told | null> {
    const headers = order.key === null ? {} : { 'idempotency-key': order.key }
    const told = await call(url, 'POST', '/v1/forward', order.body, headers)
    order.told.push(told)
    return told
  }

  function order(key: string | null, origin = wire.url): Order {
    const name = `order-${++count}`
    const token = pick(tokens)?.id
    const body = token === undefined ? {} : { number: '{{ card.number }}' }
    const made: Order = {
      name,
      key,
      body: JSON.stringify({
        ...(token && { token }),
        request: { url: `${origin}/${name}`, body },
      }),
      told: [],
    }
    orders.push(made)
    if (key !== null && origin === wire.url) keyed.push(made)
    return made
  }

  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)]

  async function store(url: string): Promise<void> {
    const number = pick(cards) ?? ''
    const card = { number, exp_month: 12, exp_year: 2034 }
    const told = await call(url, 'POST', '/v1/tokens', JSON.stringify({ type: 'card', card }))
    if (told?.status === 201) tokens.push({ id: told.id ?? '', card: number })
  }

  async function step(url: string): Promise<void> {
    const chance = random()
    if (chance < 0.3) return store(url)
    if (chance < 0.5) return void (await place(url, order(null)))
    if (chance < 0.75) return void (await place(url, order(`key-${count}`)))
    const earlier = chance < 0.93 ? pick(keyed.slice(-200)) : undefined
    if (earlier) return void (await place(url, earlier))
    // What was not sent gives its key free, for another place, too.
    const key = `again-${count}`
    const told = await place(url, order(key, `https://localhost:${deaf}`))
    if (told) {
      expect(told.sent, told.text).toBe('no')
      await place(url, order(key))
    }
  }

  /** Every record there is, with the path it is about. */
  async function records(url: string): Promise<readonly Record[]> {
    const ids: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page = await call(url, 'GET', `/v1/forwards?limit=100${cursor && `&cursor=${cursor}`}`)
      const { data, next_cursor }: { data: { id: string }[]; next_cursor: string | null } =
        JSON.parse(page?.text ?? '')
      ids.push(...data.map(({ id }) => id))
      cursor = next_cursor
    }
    const found: Record[] = []
    await forAll(ids, async (id) => {
      const told = await call(url, 'GET', `/v1/forwards/${id}`)
      const row: { state: string; request: { url: string } } = JSON.parse(told?.text ?? '')
      found.push({ id, state: row.state, name: new URL(row.request.url).pathname.slice(1) })
    })
    return found
  }

  return {
    installed,
    random,
    answered: () => ended,
    async load(url, over) {
      const lane = async (): Promise<void> => {
        while (!over()) await step(url)
      }
      await Promise.all(Array.from({ length: LANES }, lane))
    },

    async check(url, orphans) {
      const seen = new Map(came)
      const all = await records(url)
      const byName = Map.groupBy(all, ({ name }) => name)
      const known = new Set(orders.map(({ name }) => name))
      for (const [name, times] of seen) {
        expect([name, times, known.has(name)]).toEqual([name, 1, true])
        const states = (byName.get(name) ?? []).map(({ state }) => state)
        // Those that were not sent freed the key; at most one other attempt is on record, and it is there.
        expect([name, states.filter((state) => state !== 'not_sent').length]).toEqual([name, 1])
      }
      for (const { id, state, name } of all) {
        expect(['done', 'unknown', 'not_sent'], id).toContain(state)
        if (state === 'done') expect([id, seen.get(name)]).toEqual([id, 1])
      }
      const states = new Map(all.map(({ id, state }) => [id, state]))
      for (const { name, told } of orders) {
        for (const one of told) {
          if (one?.status === 200) expect([name, states.get(one.id ?? '')]).toEqual([name, 'done'])
          if (one?.sent === 'yes') expect([name, seen.get(name)]).toEqual([name, 1])
        }
        if (told.every((one) => one?.sent === 'no')) expect(seen.get(name), name).toBeUndefined()
      }
      await repeatAll(url, seen, byName, orphans)
      await openAll(url)
      return {
        payments: orders.length,
        arrived: seen.size,
        tokens: tokens.length,
        'cut off': orders.flatMap(({ told }) => told).filter((one) => one === null).length,
        ...Object.fromEntries(counted(all.map(({ state }) => state))),
      }
    },

    async checkFile() {
      const file = databaseOf(installed.dir)
      const db = new Database(file)
      const verdict = db.query<{ integrity_check: string }, []>('pragma integrity_check').get()
      db.close()
      expect(verdict).toEqual({ integrity_check: 'ok' })
      expect(await installed.command('audit', 'verify')).toContain('ok: ')
      const opened = new Set(
        auditLines(file).flatMap(({ action, subject }) =>
          action === 'vault.open' ? [subject] : [],
        ),
      )
      const rows = new Database(file, { readonly: true })
      const ids = rows
        .query<{ id: string }, []>("select id from forwards where state <> 'not_sent'")
        .all()
      rows.close()
      // Each arrival has such a record, and each record its line.
      expect(ids.filter(({ id }) => !opened.has(id))).toEqual([])
      evidence('money.txt', texts.join('\n'))
    },

    async stop() {
      agent.destroy()
      await wire.stop()
      await new Promise((resolve) => nowhere.close(resolve))
    },
  }

  /** The same key once more: the first answer byte for byte, or that nobody knows; nothing is sent but what never was. */
  async function repeatAll(
    url: string,
    seen: ReadonlyMap<string, number>,
    byName: ReadonlyMap<string, readonly Record[]>,
    orphans: boolean,
  ): Promise<void> {
    await forAll(keyed, async (order) => {
      const { name, told } = order
      const first = told.find((one) => one && one.sent !== 'no' && !isAboutKey(one))
      const sent = (byName.get(name) ?? []).find(({ state }) => state !== 'not_sent')
      const again = await place(url, order)
      const times = came.get(name) ?? 0
      if (!sent) {
        // Its key may be held by the one before it, to the other place, of which nobody knows.
        if (again?.code !== 'idempotency_mismatch') expect([name, times <= 1]).toEqual([name, true])
        return
      }
      expect([name, times]).toEqual([name, seen.get(name) ?? 0])
      // One that could not be recorded was told to look it up, and that is what its record says.
      const lost = orphans && again?.code === 'idempotency_unknown' && first?.sent === 'unknown'
      if (first && first.code !== 'storage_unavailable' && !lost) {
        expect(again?.text).toBe(first.text)
      } else if (again?.status !== 200) expect(again?.sent, again?.text).toBe('unknown')
      if (again?.status === 200) expect([name, sent.state]).toEqual([name, 'done'])
    })
  }

  /** Every token that was acknowledged is there; of some the card is sent, and is the one that was stored. */
  async function openAll(url: string): Promise<void> {
    await forAll(tokens, async ({ id }) => {
      expect((await call(url, 'GET', `/v1/tokens/${id}`))?.status, id).toBe(200)
    })
    const step = Math.max(1, Math.floor(tokens.length / OPENED))
    await forAll(
      tokens.filter((_, at) => at % step === 0),
      async ({ id, card }) => {
        const request = { url: `${wire.url}/open-${id}`, body: { number: '{{ card.number }}' } }
        await call(url, 'POST', '/v1/forward', JSON.stringify({ token: id, request }))
        expect(bodies.get(`open-${id}`)).toBe(JSON.stringify({ number: card }))
      },
    )
  }
}

/** About the key, and not what came of its first request. */
const isAboutKey = ({ code }: Told): boolean => code?.startsWith('idempotency_') ?? false

const nameOf = (line: string): string => line.split(' ')[1]?.slice(1) ?? ''

function counted(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

function toldOf(status: number, text: string): Told {
  const json: { id?: string; sent?: string; error?: { sent?: string; code?: string } } =
    JSON.parse(text)
  return {
    status,
    text,
    sent: json.sent ?? json.error?.sent ?? null,
    code: json.error?.code ?? null,
    id: json.id ?? null,
  }
}

/** One request, never sent twice by the client itself; null where no whole answer comes. */
function post(
  agent: Agent,
  url: string,
  method: string,
  body: string | null,
  headers: Readonly<{ [name: string]: string }>,
): Promise<{ readonly status: number; readonly text: string } | null> {
  return new Promise((resolve) => {
    const length = body === null ? {} : { 'content-length': Buffer.byteLength(body) }
    const outgoing = ask(url, { agent, method, headers: { ...headers, ...length } }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', () => resolve(null))
      answer.on('close', () => resolve(null))
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        resolve(answer.complete ? { status: answer.statusCode ?? 0, text } : null)
      })
    })
    outgoing.on('error', () => resolve(null))
    outgoing.end(body ?? undefined)
  })
}
