/** Gives a plan that is a hundred thousand levels deep. */
import type { Kit } from '../../../src/adapter.ts'

export default ({ define, card }: Kit) =>
  define({
    contract: 1,
    id: 'nested',
    name: 'Nested',
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
          let deep: object = {}
          for (let level = 0; level < 100_000; level++) deep = { deep }
          return {
            method: 'POST',
            path: '/pay',
            body: { encoding: 'json', fields: { number: card('number'), deep: deep as never } },
          }
        },
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
  })
