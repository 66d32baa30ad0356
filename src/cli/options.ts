/**
 * @module The commands' options that several of them have.
 */
import { SCOPES } from '../auth/scopes.ts'
import type { Option } from './command.ts'

export const CONFIG: Option = {
  type: 'text',
  value: 'FILE',
  doc: 'the configuration; else $PANGATE_CONFIG, else ./pangate.toml',
}

export const JSON_OUT: Option = { type: 'flag', doc: 'prints JSON, one line' }

export const TENANT: Option = { type: 'text', value: 'T', doc: 'name or id of the tenant' }

export const TENANT_REQUIRED: Option = { ...TENANT, required: true }

export const DATA: Option = { type: 'text', value: 'DIR', doc: 'where data is kept' }

/** What each scope allows, one a line, for the help. */
export const SCOPE_LINES: string = Object.entries(SCOPES)
  .map(([name, doc]) => `  ${name.padEnd(13)}  ${doc}`)
  .join('\n')

/** Options of API keys and OAuth clients when they are made. */
export const CREDENTIAL: Readonly<Record<string, Option>> = {
  tenant: TENANT_REQUIRED,
  scope: {
    type: 'list',
    value: 'S',
    required: true,
    doc: 'what it may do, of those above; several times, or with commas between',
  },
  test: { type: 'flag', doc: 'sees test tokens and sandbox accounts only' },
  name: { type: 'text', value: 'N', doc: 'what it is for' },
  rate: {
    type: 'text',
    value: 'R',
    doc: 'its own rate, such as 50/s or "600/min burst 20", or none; else [limits] key_rate',
  },
  json: JSON_OUT,
  config: CONFIG,
}
