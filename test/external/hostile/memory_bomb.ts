/** Takes all the memory there is. */
import type { Kit } from '../../../src/adapter.ts'

export default ({ define }: Kit) =>
  define({
    contract: 1,
    id: 'memory_bomb',
    name: 'Memory bomb',
    docs: 'https://psp.example/docs',
    api_version: '1',
    hosts: { live: 'https://psp.example', sandbox: 'https://psp.example' },
    credentials: { secret: { label: 'Secret', secret: true } },
    idempotency: 'unsupported',
    private_in_answer: [],
    operations: {
      purchase: {
        needs: ['card'],
        build: () => {
          const all: string[] = []
          for (;;) all.push('x'.repeat(100_000) + all.length)
        },
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
  })
