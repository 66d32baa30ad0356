/**
 * @module The scope in which card values exist: opened here, cleared here.
 */
import { eq } from 'drizzle-orm'
import { GatewayError } from '../errors.ts'
import type { Store } from '../store/open.ts'
import { credentials } from '../store/schema.ts'
import type { Keyring } from './keyring.ts'
import { dataOf } from './data.ts'
import { textOf } from './seal.ts'
import type { TokenRow, TokenValues, Wanted } from './token.ts'

/** Opens what is wanted, gives it to `use`, and clears it when `use` ends, however it ends. */
export async function openScope<T>(
  store: Store,
  keyring: Keyring,
  tenant: string,
  wanted: readonly Wanted[],
  use: (values: ReadonlyMap<string, TokenValues>) => Promise<T>,
): Promise<T> {
  const values = new Map<string, TokenValues>()
  for (const one of wanted) {
    // Under its own tenant's key it would open.
    if (one.row.tenant_id !== tenant)
      throw new GatewayError('integrity', 'A row of another tenant.')
    values.set(one.name, await openToken(store, keyring, one))
  }
  try {
    return await use(values)
  } finally {
    // Strings cannot be overwritten in JavaScript; dropping every reference is what there is.
    for (const token of values.values()) {
      for (const instrument of Object.values(token)) clear(instrument)
    }
    values.clear()
  }
}

/** `MM/YY`, or null where there is no expiry. */
function expiryOf(shown: TokenRow['shown']): string | null {
  const { exp_month, exp_year } = shown
  return exp_month && exp_year ? `${exp_month}/${exp_year.slice(-2)}` : null
}

/** Opens one field of a token's row. Throws `integrity` when it was moved or changed. */
export async function openField(
  keyring: Keyring,
  row: TokenRow,
  sealed: Buffer,
  field: string,
): Promise<string> {
  return textOf(await keyring.unseal(row.tenant_id, sealed, [row.tenant_id, row.id, field]))
}

async function openToken(store: Store, keyring: Keyring, wanted: Wanted): Promise<TokenValues> {
  const { row, instruments } = wanted
  const values: TokenValues = {}
  const whole = instruments.has('data')
  if (row.type !== 'data' && (whole || instruments.has(row.type))) {
    const number = row.sealed_number && (await openField(keyring, row, row.sealed_number, 'number'))
    const holder = row.sealed_holder && (await openField(keyring, row, row.sealed_holder, 'holder'))
    values[row.type] = {
      ...row.shown,
      expiry: expiryOf(row.shown),
      ...(row.type === 'card' ? { number } : { account_number: number }),
      holder,
    }
  }
  if (whole) {
    const data = row.sealed_data && (await openField(keyring, row, row.sealed_data, 'data'))
    const instrument = row.type === 'data' ? undefined : values[row.type]
    values.data = { value: dataOf(row, instrument, data) }
  }
  if (instruments.has('virtual_card') || instruments.has('network_token')) {
    const further = await store.db
      .select()
      .from(credentials)
      .where(eq(credentials.token_id, row.id))
    for (const credential of further) {
      if (!instruments.has(credential.name)) continue
      const field = `${credential.name}.number`
      values[credential.name] = {
        ...credential.shown,
        expiry: expiryOf(credential.shown),
        number: await openField(keyring, row, credential.sealed_number, field),
      }
    }
  }
  return values
}

function clear(instrument: object | undefined): void {
  for (const field of Object.keys(instrument ?? {})) {
    if (instrument) Reflect.deleteProperty(instrument, field)
  }
}
