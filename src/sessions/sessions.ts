/**
 * @module CVC sessions: a security code kept apart from its card, sealed, for seconds, given out once.
 */
import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { GatewayError } from '../errors.ts'
import { Secret } from '../secret.ts'
import { seal, unseal } from '../vault/seal.ts'
import type { SessionStore } from './store.ts'

/** Whose session it is: another tenant, or the other mode, does not find it. */
export interface Owner {
  readonly tenant: string
  readonly test: boolean
}

export interface SessionOptions {
  readonly cvc_ttl_seconds: number
  readonly credential_ttl_seconds: number
  /** `grace`: after use it may be used again by the same token until its time is over. */
  readonly cvc_policy: 'single_use' | 'grace'
}

/** How one session differs from the others. */
export interface SessionChoice {
  /** Instead of `cvc_ttl_seconds`. */
  readonly ttl_seconds?: number
  /** Use neither consumes it nor keeps others from using it at the same time. For test cards. */
  readonly reusable?: boolean
}

/** A session in use: nobody else can use it until it is given back, unless it is reusable. */
export interface Claim {
  readonly cvc: Secret
  /** Nothing was sent: the session may be used again until its time is over. */
  release(): Promise<void>
  /** Bytes left for the PSP. */
  consume(): Promise<void>
}

export interface Sessions {
  create(
    owner: Owner,
    cvc: Secret,
    token: string | null,
    choice?: SessionChoice,
  ): Promise<{ id: string; expires_at: number }>
  /** Takes the session for one forward. Throws `cvc_session_unknown` when it is expired, used, in use, or another token's. */
  claim(owner: Owner, id: string, token: string): Promise<Claim>
  /** Whether there was such a session. */
  remove(owner: Owner, id: string): Promise<boolean>
  /** Keeps a security code or cryptogram of a token's further credential; use does not consume it. */
  keepValue(token: string, name: string, value: Secret): Promise<void>
  readValue(token: string, name: string): Promise<Secret | null>
  removeValue(token: string, name: string): Promise<void>
}

interface Session {
  readonly cvc: string
  readonly token: string | null
  readonly expires_at: number
}

interface Value {
  readonly value: string
  readonly expires_at: number
}

/** Sessions over a store, sealed under a key derived from the master key, so that the store need not be trusted. */
export function openSessions(
  store: SessionStore,
  key: Buffer,
  options: SessionOptions,
  clock: Clock,
): Sessions {
  const sealing = { version: 1, key }
  const keyOf = (version: number): Buffer | undefined => (version === 1 ? key : undefined)

  async function put(name: string, session: Session): Promise<void> {
    await store.set(name, seal(sealing, JSON.stringify(session), [name]), session.expires_at)
  }

  /** Null also when its time is over: a store with a clock of its own, or one that is not to be trusted, may still give it. */
  function open<T extends { readonly expires_at: number }>(
    sealed: Uint8Array | null,
    name: string,
  ): T | null {
    if (!sealed) return null
    // Sealed under this name by the two places that do, each of which puts in what it is to be.
    const value = JSON.parse(unseal(keyOf, sealed, [name]).toString()) as T
    return value.expires_at > clock() ? value : null
  }

  /** Never taken out, so that any number of forwards can have it at once. */
  async function claimReusable(name: string, token: string): Promise<Claim> {
    const session = open<Session>(await store.get(name), name)
    if (!session || (session.token !== null && session.token !== token)) throw unknownSession()
    return { cvc: new Secret(session.cvc), release: async () => {}, consume: async () => {} }
  }

  return {
    async create(owner, cvc, token, { ttl_seconds, reusable = false } = {}) {
      const id = randomUUID()
      const expires_at = clock() + (ttl_seconds ?? options.cvc_ttl_seconds) * 1000
      const name = reusable ? reusableKey(owner, id) : sessionKey(owner, id)
      await put(name, { cvc: cvc.reveal(), token, expires_at })
      return { id, expires_at }
    },

    async claim(owner, id, token) {
      const name = sessionKey(owner, id)
      const sealed = await store.take(name)
      if (!sealed) return claimReusable(reusableKey(owner, id), token)
      const session = open<Session>(sealed, name)
      if (!session) throw unknownSession()
      if (session.token !== null && session.token !== token) {
        await put(name, session)
        throw unknownSession()
      }
      return {
        cvc: new Secret(session.cvc),
        release: () => put(name, session),
        consume: async () => {
          if (options.cvc_policy === 'grace') await put(name, { ...session, token })
        },
      }
    },

    remove: async (owner, id) =>
      (await store.delete(sessionKey(owner, id))) || store.delete(reusableKey(owner, id)),

    async keepValue(token, name, value) {
      const place = `value:${token}:${name}`
      const expires_at = clock() + options.credential_ttl_seconds * 1000
      const kept: Value = { value: value.reveal(), expires_at }
      await store.set(place, seal(sealing, JSON.stringify(kept), [place]), expires_at)
    },
    async readValue(token, name) {
      const place = `value:${token}:${name}`
      const kept = open<Value>(await store.get(place), place)
      return kept && new Secret(kept.value)
    },
    async removeValue(token, name) {
      await store.delete(`value:${token}:${name}`)
    },
  }
}

function sessionKey(owner: Owner, id: string): string {
  return `cvc:${owner.tenant}:${owner.test ? 'test' : 'live'}:${id}`
}

/** In a place of its own, so that taking a session out for one forward can never take this one from another. */
function reusableKey(owner: Owner, id: string): string {
  return `cvc-reusable:${owner.tenant}:${owner.test ? 'test' : 'live'}:${id}`
}

function unknownSession(): GatewayError {
  return new GatewayError(
    'cvc_session_unknown',
    'The CVC session is expired, already used, or was never created.',
    { param: 'cvc_session' },
  )
}
