/** Keeps it on what all calls share: prototypes, registered symbols, functions of the kit, expressions. */
import type { Kit } from '../../../src/adapter.ts'

const seen = /./g
const places = [Array.prototype, Object, JSON, Symbol.for('kept'), seen, globalThis] as const
function keep(text: string): void {
  seen.lastIndex = 1
  for (const place of places) {
    try {
      Reflect.defineProperty(Object(place), 'kept', {
        value: text,
        configurable: true,
        writable: true,
      })
    } catch {
      continue
    }
  }
}
function kept(): string {
  const own = places.map((place) => {
    const found: unknown = Reflect.get(Object(place), 'kept')
    return typeof found === 'string' ? found : ''
  })
  return own.join('') + (seen.lastIndex > 0 ? 'used' : '')
}

export default ({ define, card, derived, crypto }: Kit) =>
  define({
    contract: 1,
    id: 'keep_built_in',
    name: 'Keep built in',
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
            fields: { number: card('number'), taken: derived('taken'), kept: kept() },
          },
        }),
        parse: () => ({
          kind: 'approved',
          reference: 'r1',
          psp: { code: kept(), message: kept() },
        }),
      },
    },
    derive: {
      taken: ({ card: { number } }) => {
        keep(number)
        Reflect.set(crypto, 'kept', number)
        return 'x'
      },
    },
  })
