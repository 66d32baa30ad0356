/**
 * @module Collects shares until they make the key: refuses what does not belong, and those who try too often.
 */
import { timingSafeEqual } from 'node:crypto'
import type { MasterKey } from '../vault/master_key.ts'
import { combineShares, parseShare, type Share } from './share.ts'

/** Why a share was refused, in words that tell nothing of any share or key. */
export const REFUSALS = {
  malformed: 'this is no share, or a mistyped one',
  duplicate: 'this share was given already',
  other_set: 'this share is of another set than the ones given before',
  wrong_key: 'these shares do not make the key of this database; all of them are forgotten',
  too_often: 'there were too many wrong shares',
} as const

export type Refusal = keyof typeof REFUSALS

export interface Collected {
  readonly refused: Refusal | null
  readonly master: MasterKey | null
  readonly have: number
  /** 0 while no share was given. */
  readonly need: number
}

export interface Collector {
  /** Takes one share. One after another, also when several come at once. */
  offer(text: string): Promise<Collected>
  /** Forgets the shares that were given. */
  forget(): void
  /** Seconds until the next share is looked at, after too many wrong ones; else 0. */
  waitSeconds(): number
  readonly state: Collected
}

/** Wrong shares that are looked at one after another, and the time after which one more is. */
const TRIES = 10
const TRY_AGAIN_MS = 30_000

/** Collects for a key that `accepts` takes, which is asked once there are enough. `now` is in milliseconds. */
export function collectShares(
  accepts: (master: MasterKey) => Promise<boolean>,
  now: () => number = () => performance.now(),
): Collector {
  let shares: Share[] = []
  let tries: number = TRIES
  let counted = now()
  let turn: Promise<unknown> = Promise.resolve()

  const told = (refused: Refusal | null, master: MasterKey | null = null): Collected => ({
    refused,
    master,
    have: shares.length,
    need: shares[0]?.threshold ?? 0,
  })
  function forget(): void {
    for (const { bytes } of shares) bytes.fill(0)
    shares = []
  }
  function refill(): void {
    const more = Math.floor((now() - counted) / TRY_AGAIN_MS)
    counted += more * TRY_AGAIN_MS
    tries = Math.min(TRIES, tries + more)
  }
  function refuse(refusal: Refusal): Collected {
    if (tries === TRIES) counted = now()
    tries--
    return told(refusal)
  }

  async function offer(text: string): Promise<Collected> {
    refill()
    if (tries <= 0) return told('too_often')
    const share = parseShare(text)
    if (!share) return refuse('malformed')
    const [first] = shares
    if (first && (first.group !== share.group || first.threshold !== share.threshold)) {
      return refuse('other_set')
    }
    if (
      shares.some((one) => one.index === share.index || timingSafeEqual(one.bytes, share.bytes))
    ) {
      return refuse('duplicate')
    }
    shares.push(share)
    if (shares.length < share.threshold) return told(null)
    const master = await combineShares(shares)
    // Asked also of what is no key, so that the answer takes as long.
    const right = await accepts(master ?? { key: Buffer.alloc(32), id: 'none' }).catch(
      (error: unknown): never => {
        // Nobody could say: the last one can be given again.
        shares.pop()
        throw error
      },
    )
    const { have, need } = told(null)
    forget()
    if (master && right) return { refused: null, master, have, need }
    master?.key.fill(0)
    return refuse('wrong_key')
  }

  return {
    offer(text) {
      const answer = turn.then(() => offer(text))
      turn = answer.catch(() => undefined)
      return answer
    },
    forget,
    waitSeconds() {
      refill()
      return tries > 0 ? 0 : Math.max(1, Math.ceil((counted + TRY_AGAIN_MS - now()) / 1000))
    },
    get state() {
      return told(null)
    },
  }
}
