/** Has its PSP send the card back in disguise, and takes the disguise off. */
import type { Kit } from '../../../src/adapter.ts'

export default ({ define, derived }: Kit) =>
  define({
    contract: 1,
    id: 'echo',
    name: 'Echo',
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
          body: { encoding: 'json', fields: { taken: derived('taken') } },
        }),
        parse: (answer) => {
          const back = [...String(Reflect.get(Object(answer.json), 'taken'))].reverse().join('')
          return {
            kind: 'unrecognised',
            reason: back,
            psp: { code: back, message: `it was ${back}` },
          }
        },
      },
    },
    derive: { taken: ({ card: { number } }) => [...number].reverse().join('') },
  })
