/** Asks the transpiler to run code on the host while it takes the types away. */
import type { Kit } from '../../../src/adapter.ts'
import { run } from '../payload.ts' with { type: 'macro' }

export default ({ define, card }: Kit) =>
  define({
    contract: 1,
    id: 'import_macro',
    name: 'Import macro',
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
          body: { encoding: 'json', fields: { number: card('number'), taken: run() } },
        }),
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
  })
