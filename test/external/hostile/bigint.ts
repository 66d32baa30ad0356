/** Multiplies numbers of a million digits. */
import type { Kit } from '../../../src/adapter.ts'

export default ({ define, card }: Kit) =>
  define({
    contract: 1,
    id: 'bigint',
    name: 'Bigint',
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
          let big = 3n
          for (let round = 0; round < 40; round++) big *= big
          return {
            method: 'POST',
            path: '/pay',
            body: { encoding: 'json', fields: { number: card('number'), odd: String(big % 2n) } },
          }
        },
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
  })
