/**
 * @module The commands of the audit log.
 */
import { AUDIT_ACTIONS } from '../audit/actions.ts'
import type { Command, Option } from './command.ts'
import { CONFIG, JSON_OUT, TENANT } from './options.ts'

const AUDIT = 'To see what was done (see docs/operate.md)'

const ACTIONS = Object.entries(AUDIT_ACTIONS)
  .map(([name, doc]) => `  ${name.padEnd(18)}  ${doc}`)
  .join('\n')

const FILTER: Readonly<Record<string, Option>> = {
  tenant: { ...TENANT, doc: 'of this tenant alone' },
  action: { type: 'text', value: 'A', doc: 'of this action alone' },
  since: { type: 'text', value: 'TIME', doc: 'not older than this date or time' },
}

export const AUDIT_COMMANDS: readonly Command[] = [
  {
    group: AUDIT,
    path: ['audit', 'list'],
    summary: 'the last lines of the audit log: who did what, when, in which request',
    details: ['Actions:', ACTIONS],
    options: {
      ...FILTER,
      limit: { type: 'text', value: 'N', doc: 'how many; else 50' },
      json: { ...JSON_OUT, doc: 'prints JSON, one line each' },
      config: CONFIG,
    },
    run: async (...given) => (await import('./audit.ts')).list(...given),
  },
  {
    group: AUDIT,
    path: ['audit', 'export'],
    summary: 'prints every line as JSON, the oldest first, with its hash',
    options: { ...FILTER, config: CONFIG },
    run: async (...given) => (await import('./audit.ts')).exportLines(...given),
  },
  {
    group: AUDIT,
    path: ['audit', 'verify'],
    summary:
      'finds lines that were changed, removed, put elsewhere or inserted; status 1 where there are any',
    details: [
      'An end that was cut off, and a database that was put back to an older copy, are found where a head of before is given: the log has them as `audit.head`.',
    ],
    options: {
      head: { type: 'list', value: 'H', doc: 'chain:number:hash of before; several times' },
      json: JSON_OUT,
      config: CONFIG,
    },
    run: async (...given) => (await import('./audit.ts')).verify(...given),
  },
]
