/** Comes back in while it is inside: through getters, callbacks and its own functions. */
import type { Kit } from '../../../src/adapter.ts'

export default ({ define, card, derived, crypto }: Kit) =>
  define({
    contract: 1,
    id: 'reentry',
    name: 'Reentry',
    docs: 'https://psp.example/docs',
    api_version: '1',
    hosts: { live: 'https://psp.example', sandbox: 'https://psp.example' },
    credentials: { secret: { label: 'Secret', secret: true } },
    idempotency: 'unsupported',
    private_in_answer: [],
    operations: {
      purchase: {
        needs: ['card'],
        build: (intent) => {
          const plan = {
            method: 'POST' as const,
            get path() {
              return crypto.hash('md5', { toString: () => String(crypto.random(8)) } as never)
            },
            body: { encoding: 'json' as const, fields: { number: card('number') } },
          }
          try {
            void plan.path
          } catch {
            void intent
          }
          return {
            method: 'POST',
            path: '/pay',
            body: { encoding: 'json', fields: { number: card('number'), taken: derived('taken') } },
          }
        },
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
    derive: {
      taken: (opened) => {
        try {
          return String(
            crypto.join({
              get a() {
                return crypto.hash('md5', opened.card.number)
              },
            }),
          )
        } catch {
          return 'x'
        }
      },
    },
  })
