/** Gives fields by the names of what objects are made of. */
import type { Kit } from '../../../src/adapter.ts'

export default ({ define }: Kit) =>
  define({
    contract: 1,
    id: 'proto_field',
    name: 'Proto field',
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
            fields: JSON.parse(
              '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":"taken"}',
            ),
          },
        }),
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
  })
