/** Imports what it was not told of, by a name that nobody can read off the file. */
import type { Kit } from '../../../src/adapter.ts'

let taken = 'nothing'
async function take(): Promise<void> {
  const name = ['node', 'fs'].join(':')
  taken = 'asked'
  const fs = await import(name)
  taken = fs.readFileSync('/etc/hostname', 'utf8')
}

export default ({ define, card }: Kit) =>
  define({
    contract: 1,
    id: 'escape_import',
    name: 'Escape import',
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
          void take()
          return {
            method: 'POST',
            path: '/pay',
            body: { encoding: 'json', fields: { number: card('number'), taken } },
          }
        },
        parse: () => ({ kind: 'approved', reference: 'r1', psp: { code: null, message: null } }),
      },
    },
  })
