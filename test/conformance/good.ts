/**
 * @module An adapter that uses every part of the contract and breaks no rule, with its fixtures: each broken one differs from it in one thing.
 */
import { createHmac } from 'node:crypto'
import type { Adapter, Answer, Intent, Json, Kit, Operation, Outcome } from '../../src/adapter.ts'
import type { FixtureFile } from '../../src/conformance/fixture.ts'

export type K = 'merchant' | 'secret'
export type Acme = Adapter<K>

const SECRET = 'the-secret-of-the-fixtures'

function row(value: Json | undefined): Readonly<Record<string, Json | undefined>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {}
  // Neither null nor an array, so an object with JSON values.
  return value as Readonly<Record<string, Json>>
}

function text(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null
}

export function outcome({ json, status }: Answer): Outcome {
  const body = row(json)
  const psp = { code: text(body['code']), message: text(body['message']) }
  const reference = text(body['id'])
  if (status === 401) return { psp, kind: 'refused', code: 'credentials' }
  if (body['status'] === 'paid' && reference !== null) return { psp, kind: 'approved', reference }
  if (body['status'] === 'declined')
    return { psp, kind: 'declined', code: 'do_not_honor', reference }
  return { psp, kind: 'unrecognised', reason: 'no status that is known' }
}

function path({ reference = '' }: Intent): readonly string[] {
  return /^\w{1,40}$/.test(reference) ? [] : ['reference: an id of Acme']
}

/** The adapter, as a module would make it. */
export function good(kit: Kit): Acme {
  const { define, card, credential, derived, session, base64, crypto } = kit
  const mac = (secret: string, data: string | Uint8Array) => crypto.hmac('sha256', secret, data)
  const later = (what: string): Operation<K> => ({
    needs: ['reference'],
    check: path,
    build: ({ reference, amount, extra }) => ({
      method: 'POST',
      path: `/v1/payments/${reference}/${what}`,
      headers: { 'x-session': session('token') },
      body: { encoding: 'json', fields: { amount: amount?.minor, ...extra } },
    }),
    parse: outcome,
  })
  return define({
    contract: 1,
    id: 'acme',
    name: 'Acme',
    docs: 'https://acme.example/docs',
    api_version: '1',
    hosts: { live: 'https://{merchant}.acme.example', sandbox: 'https://{merchant}.acme.test' },
    credentials: {
      merchant: { label: 'Merchant', secret: false },
      secret: { label: 'Secret', secret: true, max_bytes: 64 },
    },
    options: { names: { label: 'Names of fields', choices: ['new', 'old'] } },
    idempotency: { field: 'request_id' },
    headers: {
      authorization: ['Basic ', base64(credential('merchant'), ':', credential('secret'))],
    },
    private_in_answer: ['/link'],
    operations: {
      purchase: {
        needs: ['card', 'cvc', 'amount', 'customer.email', 'extra.shop'],
        check: ({ customer }) => (customer?.email?.includes('@') ? [] : ['customer.email: no @']),
        build: (intent) => ({
          method: 'POST',
          path: '/v1/payments',
          headers: { 'x-session': session('token') },
          body: {
            encoding: 'json',
            fields: {
              amount: intent.amount?.minor,
              currency: intent.amount?.currency,
              email: intent.customer?.email,
              [intent.options['names'] === 'old' ? 'pan' : 'number']: derived('sealed'),
              month: card('exp_month'),
              year: card('exp_year', 'YY'),
              cvc: card('cvc'),
              holder: card('holder'),
              time: intent.now,
              ...intent.extra,
            },
          },
        }),
        parse: outcome,
      },
      refund: later('refund'),
    },
    session: {
      plan: () => ({
        method: 'POST',
        path: '/v1/login',
        body: { encoding: 'form', fields: { secret: credential('secret') } },
      }),
      parse: ({ status, json }) => {
        const token = text(row(json)['token'])
        return status === 200 && token !== null ? { values: { token }, seconds: 600 } : null
      },
    },
    derive: {
      sealed: ({ card: { number }, credentials: { secret } }) => mac(secret, `sealed ${number}`),
    },
    fields: {
      signature: (fields, { credentials: { secret } }) => mac(secret, JSON.stringify(fields)),
    },
    sign: ({ bytes }, { credentials: { secret } }) => ({ 'x-signature': mac(secret, bytes) }),
    verify: ({ text: body, headers }, { credentials: { secret } }) =>
      crypto.equal(headers['x-signature'] ?? '', mac(secret, body)),
    notification: {
      verify: ({ text: body, headers }, { credentials: { secret } }) =>
        crypto.equal(headers['x-signature'] ?? '', mac(secret, body)),
      parse: ({ json }) => {
        const answer = { status: 200, headers: {}, text: '', json }
        return {
          reference: text(row(json)['id']),
          merchant_reference: text(row(json)['order']),
          outcome: outcome(answer),
        }
      },
      acknowledge: (accepted) => ({ status: accepted ? 200 : 400, headers: {}, body: '' }),
    },
  })
}

function signed(body: object, more: object): string {
  const text = JSON.stringify(body)
  const signature = createHmac('sha256', SECRET).update(text).digest('hex')
  const headers = { 'x-signature': signature }
  return JSON.stringify({ text, headers, genuine: true, credentials: { secret: SECRET }, ...more })
}

const paid = { id: 'pay_1', status: 'paid', code: '00', message: 'Approved' }
const approved = {
  kind: 'approved',
  reference: 'pay_1',
  psp: { code: '00', message: 'Approved' },
}
const declined = {
  kind: 'declined',
  code: 'do_not_honor',
  reference: 'pay_2',
  psp: { code: '05', message: 'Do not honour' },
}

/** Its fixtures, as files. */
export const FILES: readonly FixtureFile[] = [
  { name: 'purchase.approved.json', text: signed(paid, { status: 200, outcome: approved }) },
  {
    name: 'purchase.declined.json',
    text: signed(
      { id: 'pay_2', status: 'declined', code: '05', message: 'Do not honour' },
      { status: 402, outcome: declined },
    ),
  },
  { name: 'refund.approved.json', text: signed(paid, { status: 200, outcome: approved }) },
  {
    name: 'session.ok.json',
    text: JSON.stringify({
      status: 200,
      body: { token: 't1' },
      session: { values: { token: 't1' }, seconds: 600 },
    }),
  },
  {
    name: 'notification.paid.json',
    text: signed(
      { ...paid, order: 'A1001' },
      { notice: { reference: 'pay_1', merchant_reference: 'A1001', outcome: approved } },
    ),
  },
]
