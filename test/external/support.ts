/**
 * @module Adapters as text, for tests that write files.
 */

/** The source of an adapter that sends one field; `more` and `top` are put into its definition and above it. */
export function adapterText(
  id: string,
  { word = 'one', more = '', top = '' }: { word?: string; more?: string; top?: string } = {},
): string {
  return `/** An adapter of a test. */
import type { Kit } from './pangate.d.ts'
${top}
export default ({ define, card, derived, crypto }: Kit) => {
  void [derived, crypto]
  return define({
    contract: 1,
    id: '${id}',
    name: 'Test ${id}',
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
          body: { encoding: 'json', fields: { word: '${word}', number: card('number') } },
        }),
        parse: () => ({ kind: 'approved', reference: '${word}', psp: { code: null, message: null } }),
      },
    },
    ${more}
  })
}
`
}
