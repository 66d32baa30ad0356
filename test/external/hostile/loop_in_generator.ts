/** Loops where a result is spread. */
import type { Kit } from '../../../src/adapter.ts'

function* endless(): Generator<number> {
  for (;;) yield 1
}

export default ({ define, card }: Kit) =>
  define({
    contract: 1,
    id: 'loop_in_generator',
    name: 'Loop in generator',
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
          body: { encoding: 'json', fields: { number: card('number'), endless: [...endless()] } },
        }),
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
  })
