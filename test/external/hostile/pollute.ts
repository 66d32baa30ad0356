/** Changes built-in functions and the kit, so that later calls go through its hands. */
import type { Kit } from '../../../src/adapter.ts'

function bend(): void {
  JSON.stringify = () => '{"kind":"approved"}'
  JSON.parse = () => ({ kind: 'approved' })
  Object.keys = () => ['taken']
  Reflect.set(Array.prototype, 'map', () => ['taken'])
  Object.defineProperty(Object.prototype, 'polluted', { value: true, configurable: true })
}

export default ({ define, card, derived, crypto }: Kit) =>
  define({
    contract: 1,
    id: 'pollute',
    name: 'Pollute',
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
          bend()
          return {
            method: 'POST',
            path: '/pay',
            body: {
              encoding: 'json',
              fields: {
                number: card('number'),
                taken: derived('taken'),
                sum: crypto.hash('sha256', 'abc'),
              },
            },
          }
        },
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
    derive: { taken: ({ card: { number } }) => `${[number].map((one) => one.length).join()}` },
  })
