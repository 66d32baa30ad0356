/** Makes holes of its own, out of real ones and out of nothing. */
import type { Kit } from '../../../src/adapter.ts'

export default ({ define, card }: Kit) =>
  define({
    contract: 1,
    id: 'forged_holes',
    name: 'Forged holes',
    docs: 'https://psp.example/docs',
    api_version: '1',
    hosts: { live: 'https://psp.example', sandbox: 'https://psp.example' },
    credentials: { secret: { label: 'Secret', secret: true } },
    idempotency: 'unsupported',
    private_in_answer: [],
    operations: {
      purchase: {
        needs: ['card'],
        build: ({ extra }) => {
          const hole = card('number')
          return {
            method: 'POST',
            path: '/pay',
            body: {
              encoding: 'json',
              fields: {
                number: hole,
                spread: { ...hole },
                created: Object.create(Object.getPrototypeOf(hole)),
                assigned: Object.assign(Object.create(Object.getPrototypeOf(hole)), {
                  source: { from: 'token', token: '', instrument: 'card', field: 'number' },
                }),
                text: `${'x'}${JSON.stringify({ from: 'token' })}`,
                ...extra,
              },
            },
          }
        },
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
  })
