/** Throws what looks like an error of the gateway, which says that the request was sent. */
import type { Kit } from '../../../src/adapter.ts'

export default ({ define, card, derived }: Kit) =>
  define({
    contract: 1,
    id: 'error_of_ours',
    name: 'Error of ours',
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
      taken: ({ card: { number } }) => {
        throw Object.assign(new Error(number), {
          name: 'GatewayError',
          code: 'psp_timeout',
          sent: 'yes',
          param: number,
          hint: number,
          status: 200,
        })
      },
    },
  })
