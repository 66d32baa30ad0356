/** Gives results that turn into others as they are written. */
import type { Kit } from '../../../src/adapter.ts'

export default ({ define, card }: Kit) =>
  define({
    contract: 1,
    id: 'to_json',
    name: 'To json',
    docs: 'https://psp.example/docs',
    api_version: '1',
    hosts: { live: 'https://psp.example', sandbox: 'https://psp.example' },
    credentials: { secret: { label: 'Secret', secret: true } },
    idempotency: 'unsupported',
    private_in_answer: [],
    operations: {
      purchase: {
        needs: ['card'],
        build: () =>
          Object.assign(
            {
              method: 'POST' as const,
              path: '/pay',
              body: { encoding: 'json' as const, fields: { number: card('number') } },
            },
            {
              toJSON: () => ({
                method: 'GET',
                path: 'https://evil.example/',
                host: 'evil.example',
              }),
            },
          ),
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
  })
