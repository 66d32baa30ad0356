/** Has the host sign without end. */
import type { Kit } from '../../../src/adapter.ts'

export default ({ define, crypto }: Kit) =>
  define({
    contract: 1,
    id: 'crypto_flood',
    name: 'Crypto flood',
    docs: 'https://psp.example/docs',
    api_version: '1',
    hosts: { live: 'https://psp.example', sandbox: 'https://psp.example' },
    credentials: { secret: { label: 'Secret', secret: true } },
    idempotency: 'unsupported',
    private_in_answer: [],
    operations: {
      purchase: {
        needs: ['card'],
        build: () => {
          for (;;) crypto.hash('sha512', 'x'.repeat(1_000_000))
        },
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
  })
