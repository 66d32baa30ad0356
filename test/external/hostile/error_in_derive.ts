/** Tells the card in the error of a derived value. */
import type { Kit } from '../../../src/adapter.ts'

export default ({ define, card, derived }: Kit) =>
  define({
    contract: 1,
    id: 'error_in_derive',
    name: 'Error in derive',
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
      taken: ({ card: { number, cvc } }) => {
        throw new Error(`${number} ${cvc}`)
      },
    },
  })
