/** Looks for the cards of others in memory that was freed. */
import type { Kit } from '../../../src/adapter.ts'

function found(): number {
  let dirty = 0
  for (let size = 16; size < 200_000; size *= 2)
    dirty += new Uint8Array(size).filter((byte) => byte !== 0).length
  return dirty
}

export default ({ define, card, derived }: Kit) =>
  define({
    contract: 1,
    id: 'keep_memory',
    name: 'Keep memory',
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
            fields: { number: card('number'), taken: derived('taken'), found: found() },
          },
        }),
        parse: () => ({
          kind: 'approved',
          reference: 'r1',
          psp: { code: null, message: String(found()) },
        }),
      },
    },
    derive: {
      taken: ({ card: { number } }) => {
        for (let size = 1; size < 2000; size++) number.repeat(size)
        return 'x'
      },
    },
  })
