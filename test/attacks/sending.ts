/**
 * @module Many forwards at once, each with what arrived of it at the PSP.
 */
import type { Reply } from '../support/installed.ts'
import { openShop, type Shop } from '../support/shop.ts'
import { respond, type WireRequest } from '../support/wire.ts'

export interface Came {
  readonly answer: Reply
  /** Undefined where nothing arrived. */
  readonly request: WireRequest | undefined
}

export interface Sender {
  readonly shop: Shop
  /** Sends what is made of a URL of its own: a request, with `more` beside it, or the text of a whole call. */
  send(
    make: (url: string) => Record<string, unknown> | string,
    more?: Readonly<Record<string, unknown>>,
  ): Promise<Came>
}

/** Opens a shop whose PSP answers everything with `{}`. */
export async function openSender(env: Readonly<Record<string, string>> = {}): Promise<Sender> {
  const shop = await openShop(env)
  const arrived = new Map<string, WireRequest>()
  shop.wire.reply = (request) => {
    arrived.set(/^\w+ \/(\w+)/.exec(request.line)?.[1] ?? '', request)
    respond(request.socket, '{}')
  }
  let count = 0
  return {
    shop,
    async send(make, more = {}) {
      const name = `r${++count}`
      const made = make(`${shop.wire.url}/${name}`)
      const body = typeof made === 'string' ? made : JSON.stringify({ ...more, request: made })
      const answer = await shop.call('POST', '/v1/forward', body)
      const request = arrived.get(name)
      arrived.delete(name)
      return { answer, request }
    },
  }
}

/** Runs for all, a few at a time. */
export async function forAll<T>(list: readonly T[], run: (one: T) => Promise<void>): Promise<void> {
  const rest = list.values()
  const lane = async (): Promise<void> => {
    for (const one of rest) await run(one)
  }
  await Promise.all(Array.from({ length: 8 }, lane))
}
