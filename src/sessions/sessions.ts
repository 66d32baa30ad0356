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

/** A session in use: nobody else can use it until it is given back. */
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

  return {
    async create(owner, cvc, token) {
      const id = randomUUID()
      const expires_at = clock() + options.cvc_ttl_seconds * 1000
      await put(sessionKey(owner, id), { cvc: cvc.reveal(), token, expires_at })
      return { id, expires_at }
    },

    async claim(owner, id, token) {
      const name = sessionKey(owner, id)
      const sealed = await store.take(name)
      if (!sealed) throw unknownSession()
      // Sealed by put() above, so it is a Session.
      const session = JSON.parse(unseal(keyOf, sealed, [name]).toString()) as Session
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

    remove: (owner, id) => store.delete(sessionKey(owner, id)),

    async keepValue(token, name, value) {
      const place = `value:${token}:${name}`
      await store.set(
        place,
        seal(sealing, value.reveal(), [place]),
        clock() + options.credential_ttl_seconds * 1000,
      )
    },
    async readValue(token, name) {
      const place = `value:${token}:${name}`
      const sealed = await store.get(place)
      return sealed && new Secret(unseal(keyOf, sealed, [place]).toString())
    },
    async removeValue(token, name) {
      await store.delete(`value:${token}:${name}`)
    },
  }
}

function sessionKey(owner: Owner, id: string): string {
  return `cvc:${owner.tenant}:${owner.test ? 'test' : 'live'}:${id}`
}

function unknownSession(): GatewayError {
  return new GatewayError(
    'cvc_session_unknown',
    'The CVC session is expired, already used, or was never created.',
    { param: 'cvc_session' },
  )
}
