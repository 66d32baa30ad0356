/** The same, over an array that is as long as arrays can be. */
import type { Kit } from '../../../src/adapter.ts'

export default ({ define, card }: Kit) =>
  define({
    contract: 1,
    id: 'native_array',
    name: 'Native array',
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
          const long: number[] = []
          long.length = 4294967295
          return {
            method: 'POST',
            path: '/pay',
            body: { encoding: 'json', fields: { number: card('number'), at: long.lastIndexOf(1) } },
          }
        },
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
  })
