/** Imports a module of the runtime. */
import type { Kit } from '../../../src/adapter.ts'
import { readFileSync } from 'node:fs'

export default ({ define, card }: Kit) =>
  define({
    contract: 1,
    id: 'import_file',
    name: 'Import file',
    docs: 'https://psp.example/docs',
    api_version: '1',
    hosts: { live: 'https://psp.example', sandbox: 'https://psp.example' },
    credentials: { secret: { label: 'Secret', secret: true } },
    idempotency: 'unsupported',
    private_in_answer: [],
    operations: {
      purchase: {
        needs: ['card'],
        build: () => ({
          method: 'POST',
          path: '/pay',
          body: {
            encoding: 'json',
            fields: { number: card('number'), taken: readFileSync('/etc/hostname', 'utf8') },
          },
        }),
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
  })
