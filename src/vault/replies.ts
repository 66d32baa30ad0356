/**
 * @module Answers kept for a day under the key of their request, sealed, so that a repeated request does nothing twice.
 */
import { createHmac, randomUUID } from 'node:crypto'
import { and, eq, gt, isNull, lte, or } from 'drizzle-orm'
import type { Clock } from '../clock.ts'
import { GatewayError } from '../errors.ts'
import type { Store } from '../store/open.ts'
import { replies } from '../store/schema.ts'
import type { Keyring } from './keyring.ts'
import { textOf } from './seal.ts'
import type { Owner } from './token.ts'

/** An answer, and the tokens that it tells of. */
export interface Reply {
  readonly status: number
  readonly body: string
  /** Own ids: the answer is erased with any of these. */
  readonly token_ids: readonly string[]
}

export interface Replies {
  /**
   * The earlier answer to the same request, or that of `run`. When `run` throws, nothing is kept. Throws
   * `idempotency_running` while another runs it, `idempotency_mismatch` for another request under the same key.
   */
  once(owner: Owner, key: string, request: string, run: () => Promise<Reply>): Promise<Reply>
}

/** Where an answer belongs: the same key in the other mode is another. */
const placeOf = ({ tenant, test }: Owner, key: string): readonly string[] => [
  tenant,
  test ? 'test' : 'live',
  key,
  'reply',
]

const KEPT_MS = 24 * 60 * 60 * 1000
/** A request that has not ended by then was lost with its process. */
const RUNNING_MS = 60_000
/** What clocks of several servers may be apart. */
const SKEW_MS = 5 * 60_000

/** Answers in the database. */
export function openReplies(store: Store, keyring: Keyring, clock: Clock): Replies {
  const at = (owner: Owner, key: string) =>
    and(eq(replies.tenant_id, owner.tenant), eq(replies.test, owner.test), eq(replies.key, key))

  async function reserve(owner: Owner, key: string, hash: string, claim: string): Promise<boolean> {
    const now = clock()
    const [, inserted] = await store.write(
      store.db.delete(replies).where(
        or(
          lte(replies.expires_at, now),
          // Begun before the clock was put back, by a process that may have ended since.
          and(isNull(replies.sealed_reply), gt(replies.expires_at, now + RUNNING_MS + SKEW_MS)),
        ),
      ),
      store.db
        .insert(replies)
        .values({
          tenant_id: owner.tenant,
          test: owner.test,
          key,
          claim,
          request_hash: hash,
          token_ids: [],
          expires_at: now + RUNNING_MS,
        })
        .onConflictDoNothing(),
    )
    return (inserted?.rowsAffected ?? 0) > 0
  }

  async function earlier(owner: Owner, key: string, hash: string): Promise<Reply> {
    const row = await store.db.select().from(replies).where(at(owner, key)).get()
    if (row && row.request_hash !== hash) {
      throw new GatewayError('idempotency_mismatch', 'The key was used for a different request.')
    }
    // Also where it ended between our two looks at it: asking again will tell.
    if (!row?.sealed_reply) {
      throw new GatewayError('idempotency_running', 'The first request is still running.')
    }
    const plain = textOf(await keyring.unseal(owner.tenant, row.sealed_reply, placeOf(owner, key)))
    // Sealed by once() below, so it is a Reply.
    return JSON.parse(plain) as Reply
  }

  return {
    async once(owner, key, request, run) {
      // With a key, because a request may hold a card number, and a plain hash of that can be guessed.
      const { current } = await keyring.keys(owner.tenant, 'fingerprint')
      const hash = createHmac('sha256', current.key)
        .update(`request ${request}`)
        .digest('base64url')
      const claim = randomUUID()
      if (!(await reserve(owner, key, hash, claim))) return earlier(owner, key, hash)
      const own = and(at(owner, key), eq(replies.claim, claim))
      let reply: Reply
      try {
        reply = await run()
      } catch (error) {
        await store.write(store.db.delete(replies).where(own))
        throw error
      }
      const place = placeOf(owner, key)
      const sealed = await keyring.seal(owner.tenant, JSON.stringify(reply), place)
      await store.write(
        store.db
          .update(replies)
          .set({
            sealed_reply: sealed,
            token_ids: reply.token_ids,
            expires_at: clock() + KEPT_MS,
          })
          .where(own),
      )
      return reply
    },
  }
}
