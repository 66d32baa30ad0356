/** Asks for values that it has not declared. */
import type { Kit } from '../../../src/adapter.ts'

export default ({ define, card, credential }: Kit) =>
  define({
    contract: 1,
    id: 'hole_of_another',
    name: 'Hole of another',
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
            fields: { number: card('number'), key: credential('api_key' as never) },
          },
        }),
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
  })
