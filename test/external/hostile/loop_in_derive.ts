/** Never gives a derived value, with the card in its hands. */
import type { Kit } from '../../../src/adapter.ts'

export default ({ define, card, derived }: Kit) =>
  define({
    contract: 1,
    id: 'loop_in_derive',
    name: 'Loop in derive',
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
          body: { encoding: 'json', fields: { number: card('number'), taken: derived('taken') } },
        }),
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
    derive: {
      taken: () => {
        for (;;);
      },
    },
  })
