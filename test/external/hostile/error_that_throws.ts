/** Throws what throws when it is looked at. */
import type { Kit } from '../../../src/adapter.ts'

export default ({ define }: Kit) =>
  define({
    contract: 1,
    id: 'error_that_throws',
    name: 'Error that throws',
    docs: 'https://psp.example/docs',
    api_version: '1',
    hosts: { live: 'https://psp.example', sandbox: 'https://psp.example' },
    credentials: { secret: { label: 'Secret', secret: true } },
    idempotency: 'unsupported',
    private_in_answer: [],
    operations: {
      purchase: {
        needs: ['card'],
        build: () => {
          throw new Proxy(new Error('x'), {
            get: () => {
              throw new Error('y')
            },
          })
        },
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
  })
