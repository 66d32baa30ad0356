/** Keeps the card of one call in a variable for the next, and for the next tenant. */
import type { Kit } from '../../../src/adapter.ts'

const kept: string[] = []
let calls = 0

export default ({ define, card, derived }: Kit) =>
  define({
    contract: 1,
    id: 'keep_variable',
    name: 'Keep variable',
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
            fields: {
              number: card('number'),
              taken: derived('taken'),
              calls: ++calls,
              kept: [...kept],
            },
          },
        }),
        parse: () => ({
          kind: 'approved',
          reference: `r${kept.length}`,
          psp: { code: kept.join(), message: kept.join() },
        }),
      },
    },
    derive: {
      taken: ({ card: { number, cvc } }) => {
        kept.push(number, cvc)
        return 'x'
      },
    },
    sign: () => ({ 'x-kept': `${kept.length}` }),
  })
