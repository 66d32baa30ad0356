/**
 * @module What `pangate dev` keeps beside its database: the secrets that it shows again after a restart.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { OperatorError } from '../errors.ts'

/** The file's content. */
export interface Kept {
  readonly api_key: string
  readonly oauth_client: { readonly id: string; readonly secret: string }
  readonly tenant: string
  readonly token: string
  readonly account: string
  readonly sandbox_port: number
  /** The process that wrote it. */
  readonly pid: number
}

/** Reads the file; null where there is none. Throws OperatorError where it is no such file. */
export function readKept(file: string): Kept | null {
  if (!existsSync(file)) return null
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (isKept(value)) return value
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new OperatorError(`${file} is damaged`, `rm '${file}'; a new key is made then`)
}

/** Writes the file, for this user alone. */
export function writeKept(file: string, kept: Kept): void {
  writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600 })
}

function isKept(value: unknown): value is Kept {
  if (!isRecord(value) || !isRecord(value['oauth_client'])) return false
  const { api_key, tenant, token, account, oauth_client, sandbox_port, pid } = value
  const texts = [api_key, tenant, token, account, oauth_client['id'], oauth_client['secret']]
  const numbers = [sandbox_port, pid]
  return (
    texts.every((one) => typeof one === 'string') && numbers.every((one) => Number.isInteger(one))
  )
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
