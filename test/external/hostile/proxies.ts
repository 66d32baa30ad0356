/** Gives a proxy that answers every question with the card. */
import type { Kit } from '../../../src/adapter.ts'

export default ({ define, card }: Kit) =>
  define({
    contract: 1,
    id: 'proxies',
    name: 'Proxies',
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
          new Proxy(
            {
              method: 'POST',
              path: '/pay',
              body: { encoding: 'json', fields: { number: card('number') } },
            },
            {
              ownKeys: (plan) => Reflect.ownKeys(plan),
              get: (plan, name) =>
                name === 'path' ? new Proxy([card('number')], {}) : Reflect.get(plan, name),
            },
          ) as never,
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
  })
