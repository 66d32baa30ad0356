/**
 * @module The two keys of a rotation, wherever they come from, and what is to be done when it is over.
 */
import type { Config } from '../config.ts'
import { OperatorError } from '../errors.ts'
import type { Store } from '../store/open.ts'
import {
  generateMasterKey,
  newKeyFile,
  parse,
  readMasterKey,
  type MasterKey,
} from '../vault/master_key.ts'
import { crossBridge, FACTS, readFacts } from '../vault/masters.ts'
import { keepNext, oldKeyFile, promote } from './key_files.ts'

export interface Change {
  /** The key that the database belongs to, or belonged to before. */
  readonly present: MasterKey
  readonly next: MasterKey
  /** Whether the key is in shares, which the operator hands out before anything is wrapped under it. */
  readonly shared: boolean
  /** When all is wrapped: gives what the operator reads, ending in what to do. */
  finish(): readonly string[]
}

/** What the operator gave. */
interface Given {
  /** The present key, with one that lies beside it. */
  readonly master: MasterKey
  /** The command that prints the next key. */
  readonly newCommand: readonly string[] | null
}

/**
 * The keys of a change that is to begin or to go on. The next one is kept safely when this resolves, but for one in shares.
 * Throws OperatorError where the keys do not fit to what was begun.
 */
export async function nextMaster(
  { vault }: Config,
  store: Store,
  { master, newCommand }: Given,
): Promise<Change> {
  const facts = await readFacts(store)
  const begun = facts.get(FACTS.next)
  const bridge = facts.get(FACTS.bridge)
  const crossed =
    begun !== undefined && bridge !== undefined && facts.get(FACTS.owner) === master.id
      ? crossBridge(master, begun, bridge)
      : null
  if (vault.master_key_file !== null) {
    return fromFile(vault.master_key_file, master, crossed)
  }
  if (vault.custody === 'shares') {
    return {
      present: master,
      next: crossed ?? parse(generateMasterKey()),
      shared: true,
      finish: () => [
        'The new shares open it from now on, the old ones do not.',
        `Old shares (of key ${master.id}) still open backups from before: destroy them when those are gone.`,
      ],
    }
  }
  if (!newCommand) {
    throw new OperatorError(
      'the master key comes from a command, and so must the next one',
      "pangate master-key rotate --new-command 'the command that prints the new key'",
    )
  }
  const next = readMasterKey({ master_key_file: null, master_key_command: newCommand })
  if (next.id === master.id) {
    throw new OperatorError(
      'the new command prints the present master key',
      'make a new one (`pangate master-key generate`), and name the command that prints that',
    )
  }
  return {
    present: master,
    next,
    shared: false,
    finish: () => [
      'Now set [vault] master_key_command to the new command, on every machine: the next start needs it.',
      `The old key (${master.id}) still opens backups from before: destroy it when those are gone.`,
    ],
  }
}

function fromFile(file: string, master: MasterKey, crossed: MasterKey | null): Change {
  const next = keepNext(file, crossed?.key.toString('base64') ?? generateMasterKey())
  if (crossed && crossed.id !== next.id) {
    throw new OperatorError(
      `${newKeyFile(file)} is the key ${next.id}, and the change that was begun leads to ${crossed.id}`,
      `move ${newKeyFile(file)} away, and type the command again: it writes the right one`,
    )
  }
  return {
    present: master,
    next,
    shared: false,
    finish() {
      promote(file, master)
      return [
        `${file} holds the new key; copy it to every other machine that serves, and to its safe place.`,
        `${oldKeyFile(file, master)} holds the old one. It opens backups from before: keep it apart from them, and destroy it (shred -u) when they are gone.`,
      ]
    },
  }
}
