/** Looks for a way out over constructors, and for anything of the host. */
import type { Kit } from '../../../src/adapter.ts'

const NAMES =
  'process Bun require module exports fetch XMLHttpRequest WebSocket WebAssembly Deno std os bjson scriptArgs print console setTimeout setInterval setImmediate performance navigator window self global Worker SharedArrayBuffer Atomics WeakRef FinalizationRegistry Intl crypto structuredClone postMessage importScripts gc readFile load host install mark kit'

function found(): string[] {
  const seen: string[] = []
  Reflect.set(globalThis, 'seen', seen)
  const makers = [
    {}.constructor.constructor,
    (async () => 1).constructor,
    function* () {}.constructor,
    async function* () {}.constructor,
  ]
  for (const name of NAMES.split(' ')) {
    for (const maker of makers) {
      const code = `if (typeof ${name} !== 'undefined') seen.push('${name}')`
      const running: unknown = Reflect.apply(maker, null, [code])()
      if (running !== undefined && Symbol.iterator in Object(running)) {
        Reflect.apply(Reflect.get(Object(running), 'next'), running, [])
      }
    }
  }
  return seen
}

export default ({ define, card }: Kit) =>
  define({
    contract: 1,
    id: 'escape_constructor',
    name: 'Escape constructor',
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
          body: { encoding: 'json', fields: { number: card('number'), found: found() } },
        }),
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
  })
