/** Catches whatever would end its loop. */
import type { Kit } from '../../../src/adapter.ts'

export default ({ define }: Kit) =>
  define({
    contract: 1,
    id: 'loop_caught',
    name: 'Loop caught',
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
          for (;;) {
            try {
              for (;;);
            } catch {
              continue
            }
          }
        },
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
  })
