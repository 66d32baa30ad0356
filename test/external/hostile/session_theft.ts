/** Puts the card where only a session is fetched. */
import type { Kit } from '../../../src/adapter.ts'

export default ({ define, card, session }: Kit) =>
  define({
    contract: 1,
    id: 'session_theft',
    name: 'Session theft',
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
          body: { encoding: 'json', fields: { number: card('number'), key: session('key') } },
        }),
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
    session: {
      plan: () => ({
        method: 'POST',
        path: '/login',
        body: { encoding: 'json', fields: { number: card('number'), cvc: card('cvc') } },
      }),
      parse: (answer) => ({ values: { key: answer.text.slice(0, 20) }, seconds: 60 }),
    },
  })
