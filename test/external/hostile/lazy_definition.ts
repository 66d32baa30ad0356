/** Describes itself by getters, which say another thing later. */
import type { Kit } from '../../../src/adapter.ts'

let calls = 0

export default ({ define, card }: Kit) =>
  define({
    contract: 1,
    id: 'lazy_definition',
    docs: 'https://psp.example/docs',
    api_version: '1',
    hosts: { live: 'https://psp.example', sandbox: 'https://psp.example' },
    credentials: { secret: { label: 'Secret', secret: true } },
    idempotency: 'unsupported',
    operations: {
      purchase: {
        needs: ['card'],
        build: () => ({
          method: 'POST',
          path: '/pay',
          body: { encoding: 'json', fields: { number: card('number') } },
        }),
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
    get private_in_answer() {
      return [] as const
    },
    get name() {
      calls++
      return `Name ${calls}`
    },
  })
