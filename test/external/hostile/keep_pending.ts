/** Keeps it in promises and generators that are never done, for a later turn. */
import type { Kit } from '../../../src/adapter.ts'

const later: string[] = []
function* waiting(): Generator<undefined, void, string> {
  for (;;) later.push(yield)
}
const waiter = waiting()
waiter.next()

export default ({ define, card, derived }: Kit) =>
  define({
    contract: 1,
    id: 'keep_pending',
    name: 'Keep pending',
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
            fields: { number: card('number'), taken: derived('taken'), kept: [...later] },
          },
        }),
        parse: () => ({
          kind: 'approved',
          reference: 'r1',
          psp: { code: later.join(), message: null },
        }),
      },
    },
    derive: {
      taken: ({ card: { number } }) => {
        waiter.next(number)
        void Promise.resolve(number).then((text) => later.push(text))
        return 'x'
      },
    },
  })
