/** Calls itself until there is no stack left, in the interpreter and in what it is made of. */
import type { Kit } from '../../../src/adapter.ts'

function deep(depth: number): number {
  try {
    return deep(depth + 1)
  } catch {
    return JSON.stringify(JSON.parse('['.repeat(100_000) + ']'.repeat(100_000))).length
  }
}

export default ({ define, card }: Kit) =>
  define({
    contract: 1,
    id: 'stack',
    name: 'Stack',
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
          body: { encoding: 'json', fields: { number: card('number'), depth: deep(0) } },
        }),
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
  })
