/**
 * @module The commands about keys: the master key, its shares, and the tenants' data keys.
 */
import type { Command } from './command.ts'
import { CONFIG, JSON_OUT, TENANT } from './options.ts'
import { WAIT } from './rotation_options.ts'

const KEYS = 'To change its keys (the server may be running)'

const SHARES = {
  shares: { type: 'text', value: 'N', doc: 'how many shares: 3' },
  threshold: { type: 'text', value: 'N', doc: 'how many of them make the key: 2' },
} as const

export const KEY_COMMANDS: readonly Command[] = [
  {
    group: KEYS,
    path: ['master-key', 'generate'],
    summary: 'prints a new master key',
    options: {},
    run: async (...given) => (await import('./master_key.ts')).generate(...given),
  },
  {
    group: KEYS,
    path: ['master-key', 'rotate'],
    summary: 'changes the master key: wraps every key of the database under a new one',
    details: [
      'The new key lies beside the old one as FILE.new until everything is wrapped under it; then it takes its place, and the old one stays as FILE.old-ID.',
      'It may be killed at any moment: the same command goes on where it stopped. Back the database up before.',
    ],
    options: {
      'new-command': {
        type: 'text',
        value: 'C',
        doc: 'where master_key_command is set: the command that prints the new key',
      },
      ...SHARES,
      wait: WAIT,
      config: CONFIG,
    },
    run: async (...given) => (await import('./master_key.ts')).rotate(...given),
  },
  {
    group: KEYS,
    path: ['master-key', 'split'],
    summary: 'prints shares of the master key, for [vault] custody = "shares"',
    options: { ...SHARES, config: CONFIG },
    run: async (...given) => (await import('./master_key.ts')).split(...given),
  },
  {
    group: KEYS,
    path: ['unseal'],
    summary: 'gives a share to a server that started sealed; does not show what is typed',
    options: {
      reset: { type: 'flag', doc: 'forgets the shares that were given' },
      config: CONFIG,
    },
    run: async (...given) => (await import('./unseal.ts')).unseal(...given),
  },
  {
    group: KEYS,
    path: ['data-key', 'rotate'],
    summary: 'gives tenants new data keys, and seals everything of theirs anew',
    details: [
      'It may be killed at any moment: the same command goes on where it stopped. At the end no row is left under the old key, and the old key is gone from the database.',
      'Fingerprint keys stay: equal cards must have equal fingerprints, at every moment, and merchants keep them.',
    ],
    options: {
      tenant: { ...TENANT, doc: 'of this tenant' },
      all: { type: 'flag', doc: 'of all tenants, one after another' },
      wait: WAIT,
      config: CONFIG,
    },
    run: async (...given) => (await import('./data_key.ts')).rotate(...given),
  },
  {
    group: KEYS,
    path: ['data-key', 'list'],
    summary: 'lists data keys: their age, how much they sealed, the master key they are under',
    options: { json: JSON_OUT, config: CONFIG },
    run: async (...given) => (await import('./data_key.ts')).list(...given),
  },
]
