/** Uses every part of the contract and of the kit, so that what it does inside the sandbox can be laid beside what it does outside. */
import type { Answer, Intent, Json, Kit, Outcome } from '../../../src/adapter.ts'

type K = 'merchant' | 'secret'

function member(json: Json | undefined, name: string): string {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return ''
  return String((json as { readonly [name: string]: Json })[name] ?? '')
}

const outcome = (answer: Answer): Outcome => {
  const psp = { code: member(answer.json, 'code') || null, message: null }
  const reference = member(answer.json, 'id')
  if (member(answer.json, 'state') === 'no') {
    return { kind: 'declined', code: 'do_not_honor', reference, psp }
  }
  if (member(answer.json, 'state') === 'ask') {
    return { kind: 'action_required', reference, url: member(answer.json, 'link'), psp }
  }
  return reference === ''
    ? { kind: 'unrecognised', reason: `HTTP ${answer.status}`, psp }
    : { kind: 'approved', reference, psp }
}

export default ({ define, card, credential, derived, session, base64, text, ...kit }: Kit) => {
  const { crypto, decimal, xml } = kit
  const signed = (message: string, secret: string) => crypto.hmac('sha256', secret, message)
  return define<K>({
    contract: 1,
    id: 'everything',
    name: 'Everything',
    docs: 'https://psp.example/docs',
    api_version: '1',
    hosts: { live: 'https://{merchant}.psp.example', sandbox: 'https://{merchant}.psp.example' },
    credentials: {
      merchant: { label: 'Merchant', secret: false },
      secret: { label: 'Secret', secret: true, max_bytes: 64 },
    },
    options: { version: { label: 'Version', choices: ['1', '2'] } },
    idempotency: { field: 'request_id' },
    private_in_answer: ['/minted'],
    headers: {
      authorization: ['Basic ', base64(credential('merchant'), ':', credential('secret'))],
      'x-plain': 'plain',
    },
    operations: {
      purchase: {
        needs: ['card', 'amount', 'customer.email', 'extra.shop'],
        check: ({ customer }) =>
          customer?.email?.includes('@') ? [] : ['customer.email: no @ in it'],
        build: (intent: Intent) => ({
          method: 'POST',
          path: [
            '/pay/',
            encodeURIComponent(intent.reference ?? 'none'),
            '/',
            credential('merchant'),
          ],
          query: 'a=1&b=%20',
          headers: { 'x-session': session('token') },
          body: {
            encoding: 'json',
            fields: {
              amount: intent.amount?.minor,
              major: intent.amount && decimal(intent.amount),
              encrypted: derived('encrypted'),
              sum: derived('sum'),
              month: card('exp_month', 'MM'),
              expiry: text(card('exp_month'), '/', card('exp_year', 'YY')),
              year: card('exp_year', 'number'),
              holder: card('holder'),
              version: intent.options['version'],
              nothing: undefined,
              none: null,
              list: [1, undefined, 'zwei', null, { deep: [true, card('exp_month', 'YY')] }],
              address: { city: intent.billing_address?.city, zip: undefined },
              empty: {},
              odd: 'ä€😀\u0000\u2028"\\',
              when: new Date(intent.now * 1000).toISOString(),
              ...intent.extra,
            },
          },
        }),
        parse: outcome,
      },
      refund: {
        needs: ['reference'],
        sign: { scheme: 'hmac', key: 'secret', message: '{body}', header: 'x-declared' },
        build: ({ reference, extra }) => ({
          method: 'PUT',
          path: '/refund',
          body: { encoding: 'form', fields: { reference, nested: { list: ['a', 'b'] }, ...extra } },
        }),
        parse: outcome,
      },
      void: {
        needs: ['reference'],
        build: ({ reference }) => ({
          method: 'POST',
          path: '/void',
          body: { encoding: 'xml', fields: { void: { '@id': reference, note: 'a < b' } } },
        }),
        parse: (answer) => {
          const read = member(xml(answer.text), 'done')
          const psp = { code: null, message: read }
          return read === ''
            ? { kind: 'refused', code: 'unavailable', psp }
            : { kind: 'pending', reference: read, psp }
        },
      },
      verify: {
        needs: [],
        build: ({ extra }) => {
          if (extra['wrong'] !== undefined) throw new Error('wrong is not allowed: é')
          return { method: 'GET', path: '/verify' }
        },
        parse: () => {
          throw new Error('cannot be read')
        },
      },
    },
    session: {
      plan: ({ now }) => ({
        method: 'POST',
        path: '/login',
        body: { encoding: 'form', fields: { secret: credential('secret'), now } },
      }),
      parse: (answer) =>
        answer.status === 200
          ? { values: { token: member(answer.json, 'token') }, seconds: 600 }
          : null,
    },
    derive: {
      encrypted: ({ card: { number }, credentials: { secret } }) =>
        crypto.encrypt('aes-cbc', crypto.decode(crypto.hash('sha256', secret), 'hex'), number, {
          iv: new Uint8Array(16),
        }),
      sum: ({ card: { number, exp_month, holder } }) =>
        crypto.hash('sha512', new Uint8Array([...number].map((digit) => Number(digit))), 'base64') +
        [exp_month, holder].join('|'),
    },
    fields: {
      signature: (fields, { credentials: { secret } }) =>
        signed(
          crypto.join(
            Object.fromEntries(
              Object.entries(fields).filter(([, value]) => typeof value === 'string'),
            ),
            { order: 'sorted', delimiter: '|', pair: '=' },
          ),
          secret,
        ),
      extra_version: (_, { intent }) =>
        intent.options['version'] === '2' ? { two: [2] } : undefined,
    },
    sign: ({ bytes, url, method, headers }, { credentials: { secret }, intent }) => ({
      'x-signature': signed(`${method} ${url} ${crypto.hash('sha1', bytes)}`, secret),
      'x-seen': `${bytes.length} ${bytes[0] ?? ''} ${headers['x-plain'] ?? ''} ${intent.operation}`,
    }),
    verify: (answer, { credentials: { secret } }) => {
      const given = answer.headers['x-signed']
      return given === undefined || crypto.equal(given, signed(answer.text, secret))
    },
    notification: {
      verify: ({ headers, text: body, query }, { credentials: { secret }, now }) =>
        crypto.equal(
          headers['x-signed'] ?? '',
          signed(`${body}${query['at'] ?? ''}${now}`, secret),
        ),
      parse: ({ json }) => ({
        reference: member(json, 'id'),
        merchant_reference: null,
        outcome: outcome({ status: 200, headers: {}, text: '', json }),
      }),
      acknowledge: (accepted, { now }) => ({
        status: accepted ? 200 : 400,
        headers: { 'x-at': String(now) },
        body: accepted ? 'ok' : 'no',
      }),
    },
  })
}
