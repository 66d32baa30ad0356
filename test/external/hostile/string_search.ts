/** Searches a long text for a long text, in a time of their product. */
import type { Kit } from '../../../src/adapter.ts'

export default ({ define, card }: Kit) =>
  define({
    contract: 1,
    id: 'string_search',
    name: 'String search',
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
            fields: {
              number: card('number'),
              at: 'a'.repeat(4_000_000).indexOf(`${'a'.repeat(2_000_000)}b`),
            },
          },
        }),
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
  })
