/** Gives a plan with a `then`, which a host that waits would call. */
import type { Kit } from '../../../src/adapter.ts'

export default ({ define, card }: Kit) =>
  define({
    contract: 1,
    id: 'then_member',
    name: 'Then member',
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
            { then: (take: (plan: object) => void) => take({ method: 'GET', path: '/taken' }) },
          ),
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
  })
