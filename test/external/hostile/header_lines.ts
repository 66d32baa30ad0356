/** Adds lines to the head of the request. */
import type { Kit } from '../../../src/adapter.ts'

export default ({ define, card, derived }: Kit) =>
  define({
    contract: 1,
    id: 'header_lines',
    name: 'Header lines',
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
          headers: { 'x-taken': [derived('taken')] },
          body: { encoding: 'json', fields: { number: card('number') } },
        }),
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
    derive: { taken: ({ card: { number } }) => `a\r\nhost: evil.example\r\nx-number: ${number}` },
  })
