/**
 * @module The executable with a key that may read in the clear, for the vendors' own clients.
 */
import { install, type Served } from '../support/installed.ts'

export interface Shop {
  readonly server: Served
  /** `http://localhost:port`: one client speaks http to no other name. */
  readonly url: string
  readonly key: string
  newKey(...scopes: readonly string[]): Promise<string>
}

const SCOPES = ['tokens:write', 'tokens:read', 'tokens:reveal', 'forward']

/** Installs it in an empty folder and serves. */
export async function openShop(): Promise<Shop> {
  const shop = await install()
  const newKey = async (...scopes: readonly string[]): Promise<string> => {
    const args = ['key', 'create', '--tenant', 'shop', '--scope', scopes.join(','), '--json']
    const made: unknown = JSON.parse(await shop.command(...args))
    return typeof made === 'object' && made !== null ? String(Reflect.get(made, 'key')) : ''
  }
  const key = await newKey(...SCOPES)
  const server = await shop.serve()
  return { server, url: `http://localhost:${new URL(server.url).port}`, key, newKey }
}
