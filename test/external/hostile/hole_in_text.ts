/** Puts a hole into a text, where its mark could be read by others. */
import type { Kit } from '../../../src/adapter.ts'

export default ({ define, card }: Kit) =>
  define({
    contract: 1,
    id: 'hole_in_text',
    name: 'Hole in text',
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
            fields: { number: JSON.stringify({ number: card('number') }) },
          },
        }),
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
  })
