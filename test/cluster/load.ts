/**
 * @module Merchants who pay all the time: with and without idempotency keys, with security codes, storing, revoking, erasing.
 */
import { canaryCard, canaryCvc } from '../support/canary.ts'
import { member, parsed, type Told } from './client.ts'
import type { Attempt, Ledger } from './ledger.ts'
import { DEADLINE_MS, MAX_STALE_MS, NAMES, type World } from './world.ts'

export interface Load {
  /** Lets each end what it has begun. */
  stop(): Promise<void>
}

/** How many of each there are. */
const MERCHANTS = { plain: 3, keyed: 3, coded: 2, storing: 1, ending: 2 } as const
const FROM = 'cluster'
const CARDS = 20
/** Between two payments of one merchant, and before one is tried again. */
const THINK_MS = 25
const AGAIN_MS = 150
/** How long a payment with a key is tried. */
const KEEN_MS = 45_000

/** Starts them. */
export async function startLoad(world: World, ledger: Ledger): Promise<Load> {
  const { call, psp } = world
  let stopped = false
  let count = 0
  const codes = Array.from({ length: CARDS }, () => canaryCvc('visa', FROM))

  async function store(number: string): Promise<Told> {
    const card = { number, exp_month: 12, exp_year: 2034 }
    return call('POST', '/v1/tokens', { type: 'card', card })
  }
  const cards: { token: string; last4: string }[] = []
  for (let at = 0; at < CARDS; at++) {
    const number = canaryCard('visa', FROM)
    const { id, status, text } = await store(number)
    if (status !== 201) throw new Error(`no token: ${text}`)
    cards.push({ token: id, last4: number.slice(-4) })
    ledger.tokens.set(id, number.slice(-4))
  }
  const cardOf = (at: number) => cards[at % CARDS] ?? { token: '', last4: '' }

  /** One attempt, kept in the ledger. */
  async function pay(
    kind: Attempt['kind'],
    op: string,
    { token, last4 }: { token: string; last4: string },
    options: { key?: string; session?: string; by?: typeof call } = {},
  ): Promise<Told> {
    const { key, session, by = call } = options
    const number = { number: '{{ card.number }}' }
    ledger.running.add(op)
    const answer = await by(
      'POST',
      '/v1/forward',
      {
        token,
        timeout_ms: DEADLINE_MS,
        ...(session !== undefined && { cvc_session: session }),
        request: {
          url: `${psp.url}/pay/${op}`,
          body: session === undefined ? number : { ...number, cvc: '{{ card.cvc }}' },
        },
      },
      key === undefined ? {} : { 'idempotency-key': key },
    )
    ledger.add({ ...answer, kind, op, last4 })
    // One with a key goes on until its outcome is known.
    if (key === undefined) ledger.running.delete(op)
    return answer
  }

  async function untilKnown(op: string, at: number): Promise<void> {
    const tries = () => pay('keyed', op, cardOf(at), { key: op })
    const until = performance.now() + KEEN_MS
    for (;;) {
      const answers = await Promise.all(at % 4 === 0 ? [tries(), tries()] : [tries()])
      if (answers.some(({ status, code }) => status === 200 || code === 'idempotency_unknown'))
        return
      if (performance.now() > until) return
      await Bun.sleep(AGAIN_MS)
    }
  }

  const merchants = {
    async plain() {
      const at = count++
      await pay('plain', `plain-${at}`, cardOf(at))
    },
    /** Tries until it knows; now and then twice at once, as clients do that are impatient. */
    async keyed() {
      const at = count++
      const op = `keyed-${at}`
      await untilKnown(op, at)
      ledger.running.delete(op)
    },
    /** A code is good for one payment, also where the second is at another node. */
    async coded() {
      const at = count++
      const cvc = codes[at % CARDS] ?? ''
      const made = await call('POST', '/v1/cvc-sessions', { cvc })
      if (made.status !== 201) return
      const [first] = await Promise.all([
        pay('coded', `coded-${at}.1`, cardOf(at), { session: made.id }),
        pay('coded', `coded-${at}.2`, cardOf(at), { session: made.id }),
      ])
      if (first.status === 200)
        await pay('coded', `coded-${at}.3`, cardOf(at), { session: made.id })
    },
    /** What was stored is there at once, at every node. */
    async storing() {
      const number = canaryCard('visa', FROM)
      const made = await store(number)
      if (made.status !== 201) return
      ledger.tokens.set(made.id, number.slice(-4))
      const shown = await call('GET', `/v1/tokens/${made.id}`)
      if (shown.status === 404) ledger.violations.push(`${made.id}: stored, and unknown`)
      await Bun.sleep(10 * THINK_MS)
    },
    ending: () => endOne(),
  }

  /** Asks until it is acknowledged; gives when that was. */
  async function ended(path: string): Promise<number> {
    for (let tries = 0; ; tries++) {
      const { status, ended: at, text } = await call('DELETE', path)
      // An earlier try may have done it without an answer.
      if (status === 404 && tries === 0)
        ledger.violations.push(`${path}: made, and unknown: ${text}`)
      if (status === 404 || (status >= 200 && status < 300)) return at
      await Bun.sleep(AGAIN_MS)
    }
  }

  /** Revokes a key and erases a token, and goes on using both, at every node, for longer than it may work. */
  async function endOne(): Promise<void> {
    const at = count++
    const number = canaryCard('visa', FROM)
    const last4 = number.slice(-4)
    const made = await store(number)
    const created = await call('POST', '/v1/keys', { name: `k${at}`, scopes: ['tokens:read'] })
    if (made.status !== 201 || created.status !== 201) return void (await Bun.sleep(AGAIN_MS))
    const key = String(member(parsed(created.text), 'key'))
    const users = NAMES.map((name) => ({ use: world.at(name, key), pay: world.at(name) }))
    for (const { use } of users) await use('GET', `/v1/tokens/${cardOf(0).token}`)
    const [revoked, erased] = [
      await ended(`/v1/keys/${created.id}`),
      await ended(`/v1/tokens/${made.id}`),
    ]
    const until = Math.max(revoked, erased) + MAX_STALE_MS + 1000
    const watch = async ({ use, pay: by }: (typeof users)[number], node: number): Promise<void> => {
      for (let round = 0; performance.now() < until && !stopped; round++) {
        const used = await use('GET', `/v1/tokens/${cardOf(0).token}`)
        if (used.status === 200) tooLong('key', used.began - revoked, created.id)
        const op = `erased-${at}-${node}-${round}`
        if (performance.now() > erased + MAX_STALE_MS) ledger.forbidden.add(op)
        const paid = await pay('erased', op, { token: made.id, last4 }, { by })
        if (paid.status === 200) tooLong('token', paid.began - erased, made.id)
        await Bun.sleep(4 * THINK_MS)
      }
    }
    await Promise.all(users.map(watch))
  }

  function tooLong(what: 'key' | 'token', ms: number, id: string): void {
    ledger.longest[what] = Math.max(ledger.longest[what], ms)
    if (ms > MAX_STALE_MS)
      ledger.violations.push(`${what} ${id}: used ${Math.round(ms)} ms after its end`)
  }

  async function run(merchant: () => Promise<void>): Promise<void> {
    while (!stopped) {
      await merchant()
      await Bun.sleep(THINK_MS)
    }
  }
  const running = Object.entries(MERCHANTS).flatMap(([name, number]) => {
    // The names are those of the same table.
    const merchant = merchants[name as keyof typeof MERCHANTS]
    return Array.from({ length: number }, () => run(merchant))
  })
  return {
    async stop() {
      stopped = true
      await Promise.all(running)
    },
  }
}
