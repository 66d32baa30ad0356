/** Takes it in one piece, and in many of them. */
import type { Kit } from '../../../src/adapter.ts'

export default ({ define }: Kit) =>
  define({
    contract: 1,
    id: 'memory_bomb_buffer',
    name: 'Memory bomb buffer',
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
          const all: Uint8Array[] = []
          for (;;) all.push(new Uint8Array(30_000_000).fill(1))
        },
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
  })
