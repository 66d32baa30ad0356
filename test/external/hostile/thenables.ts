/** Gives promises for plans, and values that look like promises. */
import type { Kit } from '../../../src/adapter.ts'

export default ({ define, card }: Kit) =>
  define({
    contract: 1,
    id: 'thenables',
    name: 'Thenables',
    docs: 'https://psp.example/docs',
    api_version: '1',
    hosts: { live: 'https://psp.example', sandbox: 'https://psp.example' },
    credentials: { secret: { label: 'Secret', secret: true } },
    idempotency: 'unsupported',
    private_in_answer: [],
    operations: {
      purchase: {
        needs: ['card'],
        build: (async () => ({
          method: 'POST',
          path: '/pay',
          body: { encoding: 'json', fields: { number: card('number') } },
        })) as never,
        parse: (async () => ({ kind: 'approved' })) as never,
      },
    },
  })
