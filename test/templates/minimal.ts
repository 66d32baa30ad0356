/**
 * @module A small template document, and ways to change it.
 */
import { loadTemplate } from '../../src/templates/load.ts'
import { TemplateError } from '../../src/templates/problems.ts'
import type { Adapter, Intent, Plan } from '../../src/adapter.ts'
import { fillFrom } from '../../src/forward/fill.ts'
import type { Outgoing } from '../../src/forward/call.ts'
import { write } from '../../src/forward/write.ts'

export const MINIMAL = `template: 1
id: acme
name: Acme
docs: https://acme.example/docs
api_version: '1'
hosts: { live: https://api.acme.example, sandbox: https://test.acme.example }
credentials:
  key: { label: Key, secret: true }
  account: { label: Account, secret: false }
options:
  flow: { label: Flow, choices: [direct, hosted] }
headers:
  authorization: 'Bearer {{credential.key}}'
operations:
  purchase:
    method: POST
    path: /pay
    json:
      amount: '{{intent.amount.minor}}'
      card: '{{card.number}}'
answers:
  reference: $.id
  code: $.code
  message: $.message
  url: $.next
  declines: { insufficient_funds: ['51'] }
  rules:
    - { kind: approved, when: { $.status: ok } }
    - { kind: action_required, when: { $.status: next } }
    - { kind: declined, when: { $.status: 'no' } }
    - { kind: refused, status: 401, code: credentials }
`

/** The document with parts of its text replaced. */
export function changed(...pairs: readonly (readonly [string, string])[]): string {
  return pairs.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the document has no ${from}`)
    return text.replace(from, () => to)
  }, MINIMAL)
}

/** The adapter of the document with another body of its purchase, indented by six. */
export function withBody(body: string): Adapter {
  const old = `    json:
      amount: '{{intent.amount.minor}}'
      card: '{{card.number}}'
`
  return loadTemplate(changed([old, body]), 'acme.yaml')
}

/** What is wrong with a document. */
export function problemsOf(text: string, file = 'acme.yaml'): readonly string[] {
  try {
    loadTemplate(text, file)
  } catch (error) {
    if (error instanceof TemplateError) return error.message.split('\n')
    throw error
  }
  return []
}

export const INTENT: Intent = {
  operation: 'purchase',
  amount: { minor: 1999, currency: 'EUR' },
  reference: 'A1001',
  idempotency_key: 'key-1',
  now: 1_700_000_000,
  mode: 'sandbox',
  options: { flow: 'direct', account: 'm1' },
  extra: {},
}

/** The plan of an operation. */
export function planOf(adapter: Adapter, intent: Partial<Intent> = {}): Plan {
  const whole = { ...INTENT, ...intent }
  const operation = whole.operation === 'request' ? undefined : adapter.operations[whole.operation]
  if (!operation) throw new Error(`there is no ${whole.operation}`)
  return operation.build(whole)
}

/** What is written of an operation, with a card in it. */
export function written(adapter: Adapter, intent: Partial<Intent> = {}): Outgoing {
  const card = {
    ...{ number: '4242424242424242', cvc: '123', exp_month: '03', exp_year: '2031' },
    ...{ holder: 'Ann Example', expiry: '03/31', brand: 'visa', bin: '424242', last4: '4242' },
  }
  const whole = { ...INTENT, ...intent }
  const credentials = { key: 'secret-key', account: 'm1' }
  const fill = fillFrom({
    tokens: new Map([['', { card }]]),
    rows: new Map(),
    credentials,
    session: { token: 'session-1' },
    derive: (name) => adapter.derive?.[name]?.({ card, credentials, intent: whole }) ?? null,
  })
  return write(planOf(adapter, intent), 'https://test.acme.example', fill)
}

/** The body that is written. */
export function bodyOf(adapter: Adapter, intent: Partial<Intent> = {}): string {
  return written(adapter, intent).body.toString('utf8')
}
