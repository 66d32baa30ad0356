/** @module Puts many tokens into a database at once, in the vault's own form: made by its own functions, in large transactions. */
import { openKeyring } from '../../src/vault/keyring.ts'
import { newId } from '../../src/id.ts'
import { readConfig } from '../../src/config.ts'
import { connect } from '../../src/store/native.ts'
import { openStore, type Store } from '../../src/store/open.ts'
import { tokens } from '../../src/store/schema.ts'
import { readMasterKey } from '../../src/vault/master_key.ts'
import { newRow } from '../../src/vault/row.ts'
import type { NewToken, TokenRow } from '../../src/vault/token.ts'
import { openVault, type Vault } from '../../src/vault/vault.ts'
import { join } from 'node:path'
import { databaseOf, type Site } from './pangate.ts'

/** Rows in one transaction. */
const BATCH = 20_000
/** Kept of the file in memory while it is filled, in KiB: its index of fingerprints is written to at random. */
const CACHE_KIB = 4_000_000

/** An installation's database opened beside its server, or without one. */
export async function openDatabase(
  site: Site,
): Promise<{ readonly store: Store; readonly vault: Vault; readonly close: () => Promise<void> }> {
  const { config } = readConfig(join(site.dir, 'pangate.toml'), site.env)
  const store = await openStore(config.database)
  const keyring = await openKeyring(store, readMasterKey(config.vault))
  return { store, vault: openVault(store, keyring, Date.now), close: () => store.close() }
}

/** Adds so many cards, all of them others, and gives every `step`th id. The seconds are those of the adding alone. */
export async function fill(
  site: Site,
  count: number,
  step: number,
): Promise<{ readonly ids: readonly string[]; readonly seconds: number }> {
  const { config } = readConfig(join(site.dir, 'pangate.toml'), site.env)
  const store = await openStore(config.database)
  const keyring = await openKeyring(store, readMasterKey(config.vault))
  const keys = {
    data: await keyring.keys(site.tenant, 'data'),
    fingerprint: await keyring.keys(site.tenant, 'fingerprint'),
  }
  const row = (at: number): TokenRow => {
    const token = cardAt(site.tenant, at)
    // A row a millisecond: ids and times rise together, as they do.
    const now = Date.now() - count + at
    return newRow(keys, newId('tok', now), token, now)
  }
  const first = row(0)
  const { sql, params } = store.db.insert(tokens).values(first).toSQL()
  if (JSON.stringify(params) !== JSON.stringify(valuesOf(first))) {
    throw new Error('bench/support/fill.ts writes another row than the vault: follow its columns')
  }
  await store.close()
  const file = connect(databaseOf(site), 5000)
  file.all('pragma synchronous = off', [])
  file.all(`pragma cache_size = -${CACHE_KIB}`, [])
  const ids: string[] = []
  const began = performance.now()
  for (let from = 0; from < count; from += BATCH) {
    file.all('begin immediate', [])
    for (let at = from; at < Math.min(count, from + BATCH); at++) {
      const one = row(at)
      file.all(sql, valuesOf(one))
      if (at % step === 0) ids.push(one.id)
    }
    file.all('commit', [])
  }
  file.all('pragma wal_checkpoint(truncate)', [])
  const seconds = (performance.now() - began) / 1000
  file.close()
  return { ids, seconds }
}

/** A card with a number of its own that passes its check. */
function cardAt(tenant: string, at: number): NewToken {
  const body = `400000${String(at).padStart(9, '0')}`
  const number = body + checkDigit(body)
  return {
    tenant,
    test: false,
    type: 'card',
    instrument: {
      number,
      holder: 'Ann Example',
      shown: {
        brand: 'visa',
        bin: number.slice(0, 6),
        last4: number.slice(-4),
        exp_month: '12',
        exp_year: '2034',
      },
    },
    credentials: {},
    metadata: {},
    allowed_hosts: null,
    expires_at: null,
  }
}

/** ISO/IEC 7812-1, annex B. */
function checkDigit(body: string): number {
  const sum = [...body].toReversed().reduce((total, digit, at) => {
    const value = Number(digit) * (at % 2 === 0 ? 2 : 1)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return (10 - (sum % 10)) % 10
}

/** A row as drizzle gives it to the database: checked against drizzle for the first one, which would take longer. */
function valuesOf(row: TokenRow): readonly unknown[] {
  const json = (value: unknown): string | null => (value === null ? null : JSON.stringify(value))
  return [
    row.id,
    row.tenant_id,
    Number(row.test),
    row.type,
    row.alias,
    json(row.shown),
    row.sealed_number,
    row.sealed_holder,
    row.sealed_data,
    json(row.attributes),
    row.fingerprint,
    json(row.metadata),
    json(row.allowed_hosts),
    row.created_at,
    row.expires_at,
  ]
}
