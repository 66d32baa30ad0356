/** Looks for a clock and for chance, which would let it measure and mark. */
import type { Kit } from '../../../src/adapter.ts'

const times: string[] = []
const tries = [
  () => Date.now(),
  () => new Date().getTime(),
  () => Reflect.construct(Date, []).getTime(),
  () => Reflect.apply(Date, null, []),
  () => new (class extends Date {})().getTime(),
  () => new (new Date(0).constructor as DateConstructor)().getTime(),
  () => Math.random(),
  () => performance.now(),
]
for (const look of tries) {
  try {
    times.push(String(look()))
  } catch {
    times.push('none')
  }
}

export default ({ define, card }: Kit) =>
  define({
    contract: 1,
    id: 'clock',
    name: 'Clock',
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
          body: { encoding: 'json', fields: { number: card('number'), times } },
        }),
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
  })
