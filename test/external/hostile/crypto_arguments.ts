/** Gives the host what its functions do not expect. */
import type { Kit } from '../../../src/adapter.ts'

function answers(crypto: Kit['crypto']): string[] {
  const odd = JSON.parse('{"__proto__":{"hex":"00"},"constructor":1}')
  const given: readonly (() => unknown)[] = [
    () => crypto.hash('constructor' as never, 'x'),
    () => crypto.hash('__proto__' as never, 'x'),
    () => crypto.hmac('sha256', odd, 'x'),
    () => crypto.encrypt('aes-cbc', 'x'.repeat(32), 'x', { iv: 'y'.repeat(16) as never }),
    () => crypto.decode('x'.repeat(100), 'toString' as never),
    () => crypto.join(odd, { order: { length: 1e9 } as never }),
    () => crypto.random(1e9),
    () => crypto.exactJson('['.repeat(50_000)),
    () => Reflect.get(crypto, 'constructor')('return process')(),
    () => Reflect.get(crypto, '__proto__').hash,
  ]
  return given.map((call) => {
    try {
      return typeof call()
    } catch {
      return 'refused'
    }
  })
}

export default ({ define, card, crypto }: Kit) =>
  define({
    contract: 1,
    id: 'crypto_arguments',
    name: 'Crypto arguments',
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
          body: { encoding: 'json', fields: { number: card('number'), answers: answers(crypto) } },
        }),
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
  })
