/** Tells one bit of a secret with every check of an answer. */
import type { Kit } from '../../../src/adapter.ts'

export default ({ define, card }: Kit) =>
  define({
    contract: 1,
    id: 'verify_bits',
    name: 'Verify bits',
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
          body: { encoding: 'json', fields: { number: card('number') } },
        }),
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
    verify: (_, { credentials: { secret } }) =>
      (secret.codePointAt(secret.length - 1) ?? 0) % 2 === 0,
  })
