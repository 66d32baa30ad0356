/**
 * @module `pangate master-key`: makes one, changes the database's for another, splits it into shares.
 */
import { existsSync } from 'node:fs'
import { auditEntry } from '../audit/entry.ts'
import type { Config } from '../config.ts'
import { OperatorError } from '../errors.ts'
import { askMaster, type Ask } from '../custody/open_master.ts'
import { nextMaster } from '../custody/next_master.ts'
import { splitKey } from '../custody/share.ts'
import { databasePath } from '../store/location.ts'
import { openStore } from '../store/open.ts'
import { attachAudit } from '../vault/audit_chain.ts'
import { openKeyring } from '../vault/keyring.ts'
import { generateMasterKey, readMasterKey, type MasterKey } from '../vault/master_key.ts'
import { rotateMaster } from '../vault/rotate_master.ts'
import { askShare } from './ask_share.ts'
import type { Input } from './command.ts'
import { configOf } from './installation.ts'
import { byOperator } from './operator.ts'
import { rotationRun } from './rotation.ts'
import type { Terminal } from './terminal.ts'

/** `pangate master-key generate`: 32 random bytes in base64. */
export async function generate(_: Input, { out }: Terminal): Promise<number> {
  out(generateMasterKey())
  return 0
}

/** `pangate master-key split`: prints shares of the configured key, one a line. */
export async function split(input: Input, terminal: Terminal): Promise<number> {
  const { config } = configOf(input, terminal.env)
  const master = await askMaster(config, askShare(terminal))
  const wish = countsOf(input)
  await tellOfSplit(config, master, wish, terminal)
  await printShares(wish, terminal, master)
  terminal.err('Each share goes to another person, and is shown nowhere again.')
  terminal.err('Shares of an earlier split still open; shares of two splits do not go together.')
  if (config.vault.custody !== 'shares') {
    terminal.err('  next: set [vault] custody = "shares" in place of the key, restart, and let the')
    terminal.err('        holders run `pangate unseal`; when it serves, destroy the key itself')
  }
  return 0
}

/** `pangate master-key rotate`. */
export async function rotate(input: Input, terminal: Terminal): Promise<number> {
  const { config } = configOf(input, terminal.env)
  const newCommand = commandOf(input)
  const ask = askShare(terminal)
  const asked = await askMaster(config, ask)
  const master = newCommand ? { ...asked, others: [printedBy(newCommand)] } : asked
  const store = await openStore(config.database)
  try {
    const keyring = await openKeyring(store, master)
    await attachAudit(store, keyring, Date.now)
    const change = await nextMaster(config, store, { master, newCommand })
    if (change.shared) await handOut(input, terminal, ask, change.next)
    const run = rotationRun(input, terminal, 'master_key.rotate', 'keys wrapped')
    const count = await rotateMaster(store, change.present, change.next, run)
    const told = count === 0 ? 'every key was wrapped already' : `${count} keys wrapped anew`
    terminal.out(`${told}: the master key is ${change.next.id} now`)
    for (const line of change.finish()) terminal.out(line)
    return 0
  } finally {
    await store.close()
  }
}

/** How many shares there are to be, and how many make the key. */
interface Counts {
  readonly count: number
  readonly threshold: number
}

function countsOf(input: Input): Counts {
  const count = input.integer('shares', 2, 16) ?? 3
  const threshold = input.integer('threshold', 2, 16) ?? 2
  if (threshold > count) throw input.refuse('--threshold cannot be more than --shares')
  return { count, threshold }
}

/** Before anything is shown, as for all that opens something. Throws OperatorError where it cannot be written. */
async function tellOfSplit(
  { database }: Config,
  master: MasterKey,
  { count, threshold }: Counts,
  { err }: Terminal,
): Promise<void> {
  const path = databasePath(database.url)
  if (path !== null && database.sync_url === null && !existsSync(path)) {
    return err('There is no database yet, so no audit log tells of this.')
  }
  const store = await openStore(database)
  try {
    await attachAudit(store, await openKeyring(store, master), Date.now)
    const detail = { shares: count, threshold }
    await store.write(auditEntry('master_key.split', byOperator(), { subject: master.id, detail }))
  } finally {
    await store.close()
  }
}

async function printShares(
  { count, threshold }: Counts,
  { out, err }: Terminal,
  master: MasterKey,
): Promise<void> {
  err(`${count} shares of the master key ${master.id}; any ${threshold} of them make it:`)
  for (const share of await splitKey(master, count, threshold)) out(share)
}

/** A key that exists in shares alone is handed out before anything needs it. */
async function handOut(input: Input, terminal: Terminal, ask: Ask, next: MasterKey): Promise<void> {
  await printShares(countsOf(input), terminal, next)
  terminal.err('They take the place of new shares that were shown before.')
  const answer = await ask('Type `kept` when each holder has one')
  if (answer.trim() === 'kept') return
  throw new OperatorError('nothing was changed', 'type the command again: it shows new shares')
}

function commandOf(input: Input): readonly string[] | null {
  const text = input.text('new-command')
  return text === undefined ? null : ['/bin/sh', '-c', text]
}

function printedBy(command: readonly string[]): MasterKey {
  return readMasterKey({ master_key_file: null, master_key_command: command })
}
