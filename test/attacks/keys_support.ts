/**
 * @module An installation with cards in it, whose cards can be read, and load that notices a single one that cannot.
 */
import { join } from 'node:path'
import { createClient, type Client } from '@libsql/client'
import { attachAudit } from '../../src/vault/audit_chain.ts'
import { byItself } from '../../src/audit/entry.ts'
import { openStore } from '../../src/store/open.ts'
import { createTenant } from '../../src/store/tenants.ts'
import { openKeyring } from '../../src/vault/keyring.ts'
import { readMasterKey } from '../../src/vault/master_key.ts'
import { canaryCard } from '../support/canary.ts'
import { caller, install, type Installed, type Served } from '../support/installed.ts'

export interface Keyed {
  readonly installed: Installed
  /** May read cards in the clear. */
  readonly reader: string
  /** Token -> number. */
  readonly cards: Map<string, string>
  /** Starts the server. */
  serve(env?: Readonly<Record<string, string>>): Promise<Served>
  /** Stores a card. */
  store(served: Served): Promise<string>
  /** The number behind a token, or the status and code that came in its place. */
  reveal(served: Served, token: string): Promise<string>
}

/** Installs. */
export async function keyed(): Promise<Keyed> {
  const installed = await install()
  const made = await installed.command(
    ...['key', 'create', '--tenant', 'shop', '--scope', 'tokens:write,tokens:reveal', '--json'],
  )
  const { key: reader = '' }: { readonly key?: string } = JSON.parse(made)
  const cards = new Map<string, string>()
  return {
    installed,
    reader,
    cards,
    serve: (env) => installed.serve(env),
    async store({ call }) {
      const number = canaryCard()
      const card = { number, exp_month: 1, exp_year: 2040, holder: 'A Holder' }
      const answer = await call('POST', '/v1/tokens', { type: 'card', card })
      if (answer.status !== 201) throw new Error(`not stored: ${answer.status} ${answer.text}`)
      cards.set(answer.textAt('id'), number)
      return answer.textAt('id')
    },
    async reveal({ url }, token) {
      const answer = await caller(url, reader)('POST', `/v1/tokens/${token}/reveal`)
      if (answer.status === 200) return answer.textAt('card', 'number')
      return `${answer.status} ${answer.textAt('error', 'code')}`
    },
  }
}

/** Tenants made beside the server, as commands make them, but in one process. */
export async function addTenants({ dir }: Installed, count: number): Promise<void> {
  const master = readMasterKey({
    master_key_file: join(dir, 'master.key'),
    master_key_command: null,
  })
  const store = await openStore({ url: `file:${databaseFile(dir)}`, durability: 'process' })
  const keyring = await openKeyring(store, master)
  await attachAudit(store, keyring, Date.now)
  for (let at = 0; at < count; at++) {
    await createTenant(store, keyring, `many-${at}`, byItself(Date.now()))
  }
  await store.close()
}

export const databaseFile = (dir: string): string => join(dir, 'data', 'pangate.db')

/** A connection of the test's own, beside the server's. */
export function database(dir: string): Client {
  return createClient({ url: `file:${databaseFile(dir)}`, timeout: 5000 })
}

export interface Load {
  /** Ends it; gives how many calls there were, and those that went wrong. */
  end(): Promise<{ readonly calls: number; readonly wrong: readonly string[] }>
}

/** Cards are stored and read, several at a time, until it is ended. A server that is away for a moment is no fault of keys. */
export function startLoad(shop: Keyed, served: () => Served | null): Load {
  let running = true
  let calls = 0
  const wrong: string[] = []

  async function worker(): Promise<void> {
    while (running) {
      const server = served()
      if (!server) {
        await new Promise((resolve) => setImmediate(resolve))
        continue
      }
      try {
        const token = await shop.store(server)
        const tokens = [...shop.cards.keys()]
        const other = tokens[Math.floor(Math.random() * tokens.length)] ?? token
        for (const one of [token, other]) {
          const number = await shop.reveal(server, one)
          calls++
          // The workers of a server that was killed answer for a moment still, that they cannot.
          if (served() !== server) continue
          if (number !== shop.cards.get(one)) wrong.push(`${one}: ${number}`)
        }
      } catch (error) {
        // Only while it runs: one that was killed answers nothing.
        if (served() === server) wrong.push(String(error))
      }
    }
  }

  const workers = Array.from({ length: 4 }, worker)
  return {
    async end() {
      running = false
      await Promise.all(workers)
      return { calls, wrong }
    },
  }
}
