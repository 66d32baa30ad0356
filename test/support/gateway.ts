/**
 * @module A gateway in this process, in a folder of the run, with a tenant and a key, and a client that keeps what it is answered.
 */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { byItself } from '../../src/audit/entry.ts'
import { createCredential } from '../../src/auth/credentials.ts'
import { SCOPES } from '../../src/auth/scopes.ts'
import { loadConfig } from '../../src/config.ts'
import { openGateway, type Gateway } from '../../src/gateway.ts'
import type { Registry } from '../../src/registry.ts'
import { serve, type Server } from '../../src/server.ts'
import type { openShared } from '../../src/shared.ts'
import { createTenant, listTenants } from '../../src/store/tenants.ts'
import { openLog } from '../../src/telemetry/log.ts'
import { generateMasterKey, parse } from '../../src/vault/master_key.ts'
import type { FakePsp } from './psp.ts'
import { NO_LIMITS } from './limits.ts'
import { evidence, freshFolder } from './run.ts'

export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON; null where it is none. */
  readonly json: unknown
  /** What stands at a path in the JSON: `at('response', 'headers', 'x-echo')`; undefined where nothing does. */
  at(...path: readonly (string | number)[]): unknown
  /** The same as text: an id, say. Empty where there is none. */
  textAt(...path: readonly (string | number)[]): string
}

export interface TestGateway {
  readonly gateway: Gateway
  readonly server: Server
  readonly folder: string
  readonly tenant: string
  readonly key: string
  /** The log so far, a line an event. */
  readonly log: () => string
  /** Calls the API with the tenant's key; another one in `headers` wins. Text, bytes and streams go as they are, the rest as JSON. */
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answered>
  /** A key of a new tenant, or of the same one. */
  newKey(scopes: readonly string[], options?: { tenant?: string; test?: boolean }): Promise<string>
  newTenant(name: string): Promise<string>
  close(): Promise<void>
}

/** The headers of a caller with another key or token. */
export const as = (credential: string) => ({ authorization: `Bearer ${credential}` })

interface Options {
  /** Opens what it shares with other processes, in place of the real thing; closed with it. */
  readonly shared?: typeof openShared
  readonly psp?: FakePsp
  readonly toml?: string
  readonly clock?: () => number
  /** One of an earlier gateway is opened as it was left. */
  readonly folder?: string
  readonly masterKey?: string
  /** The adapters; by default the built-in ones. */
  readonly registry?: Registry
  /** Ranges beside public addresses; by default the machine itself. */
  readonly privateNetworks?: readonly string[]
}

/** Starts one; whatever it writes and answers is searched for canaries after the run. */
export async function startGateway(options: Options = {}): Promise<TestGateway> {
  const folder = options.folder ?? freshFolder('gateway')
  const clock = options.clock ?? Date.now
  const lines: string[] = []
  const config = loadConfig({
    file: null,
    text: options.toml ?? '',
    env: {
      PANGATE_DATABASE_URL: `file:${join(folder, 'pangate.db')}`,
      PANGATE_VAULT_MASTER_KEY_FILE: join(folder, 'unused.key'),
      PANGATE_EGRESS_PRIVATE_NETWORKS: JSON.stringify(
        options.privateNetworks ?? ['127.0.0.0/8', '::1/128'],
      ),
      PANGATE_LOG_LEVEL: 'debug',
      ...(!options.toml?.includes('[limits]') && NO_LIMITS),
      ...(options.psp && { PANGATE_EGRESS_CA_FILE: options.psp.caFile }),
    },
  })
  const log = openLog({
    ...config.log,
    clock,
    write: (line) => {
      lines.push(line)
      appendFileSync(join(folder, 'log.jsonl'), `${line}\n`)
    },
  })
  const shared = await options.shared?.(config, clock, log)
  const gateway = await openGateway(config, parse(options.masterKey ?? generateMasterKey()), {
    clock,
    log,
    ...(shared && { shared }),
    ...(options.registry && { registry: options.registry }),
  })
  const server = serve(gateway, { hostname: '127.0.0.1', port: 0 })
  const newTenant = async (name: string): Promise<string> =>
    (await createTenant(gateway.store, gateway.keyring, name, byItself(clock()))).id
  const shop = (await listTenants(gateway.store)).find(({ name }) => name === 'shop')
  const tenant = shop?.id ?? (await newTenant('shop'))
  const newKey: TestGateway['newKey'] = async (
    scopes,
    { tenant: owner = tenant, test = false } = {},
  ) => {
    const made = { tenant: owner, name: 'test', scopes, test }
    const by = byItself(clock())
    return (await createCredential(gateway.store, 'key', made, by)).secret.reveal()
  }
  const key = await newKey(Object.keys(SCOPES))
  return {
    gateway,
    server,
    folder,
    tenant,
    key,
    log: () => lines.join('\n'),
    newKey,
    newTenant,
    async call(method, path, body, headers = {}) {
      const response = await fetch(server.url + path, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: isRaw(body) ? body : JSON.stringify(body) }),
      })
      const text = await response.text()
      // The one answer that is meant to hold a card number.
      if (!path.endsWith('/reveal'))
        evidence('answer.txt', `${JSON.stringify([...response.headers])}\n${text}`)
      const json = parsed(text)
      const at: Answered['at'] = (...path) => path.reduce<unknown>(step, json)
      return {
        status: response.status,
        headers: response.headers,
        text,
        json,
        at,
        textAt: (...path) => String(at(...path) ?? ''),
      }
    },
    async close() {
      await server.stop(1000)
      await gateway.close()
      await shared?.close()
    },
  }
}

function isRaw(body: unknown): body is string | Uint8Array<ArrayBuffer> | ReadableStream {
  return typeof body === 'string' || body instanceof Uint8Array || body instanceof ReadableStream
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function step(value: unknown, name: string | number): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
