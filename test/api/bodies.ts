/**
 * @module A good body, or several, for each route that takes one.
 */
import { canaryCard, canarySecret } from '../support/canary.ts'

const CVC_SESSION = '550e8400-e29b-41d4-a716-446655440000'
const card = { number: canaryCard(), exp_month: 3, exp_year: '2031', holder: 'A' }

const request = {
  url: 'https://psp.example/v1/payments',
  method: 'POST',
  headers: { Authorization: 'Bearer x', 'X-Card': '{{card.number}}' },
  body: '{"n":"{{card.number}}"}',
}
const stitchForward = {
  token: 'tok_none',
  timeout: 60000,
  securityCode: '123',
  destinationRequest: request,
}
const stitchCard = {
  number: card.number,
  securityCode: '123',
  expiry: { month: '03', year: '31' },
}

/** What each route takes; nothing is sent anywhere, because no destination is listed. */
export const BODIES: Readonly<Record<string, readonly object[]>> = {
  'POST /v1/forward': [
    {
      token: 'tok_none',
      cvc_session: CVC_SESSION,
      tokens: { payer: 'tok_none' },
      account: 'acct_none',
      timeout_ms: 1000,
      dry_run: true,
      request: {
        method: 'POST',
        url: 'https://psp.example/pay',
        headers: { 'X-Shop': '{{ card.last4 }}' },
        body: { n: '{{ card.number }}' },
      },
    },
    {
      account: 'acct_none',
      operation: 'purchase',
      token: 'tok_none',
      amount: { minor: 100, currency: 'EUR' },
      reference: 'order',
      return_url: 'https://shop.example/',
      notification_url: 'https://shop.example/',
      extra: { a: 'b' },
      customer: { id: '1', email: 'a@b.example', dob: '1980-05-31' },
      billing_address: { city: 'Berlin', country: 'DE' },
      device: { ip: '192.0.2.1', user_agent: 'x' },
    },
  ],
  'POST /v1/tokens': [
    {
      type: 'card',
      card,
      cvc: '123',
      credentials: {
        virtual_card: { ...card, holder: undefined, cvc: '123' },
        network_token: { ...card, holder: undefined, cryptogram: canarySecret(), eci: '05' },
      },
      metadata: { order: '1' },
      expires_at: '2040-01-01T00:00:00Z',
      allowed_hosts: ['psp.example'],
    },
    {
      type: 'bank_account',
      bank_account: {
        account_number: '12345678',
        routing_number: '110000000',
        account_type: 'checking',
        country: 'US',
        holder: 'A',
      },
    },
  ],
  'PATCH /v1/tokens/:id': [
    {
      card: { exp_month: 1, exp_year: 2035 },
      metadata: { a: 'b' },
      expires_at: '2040-01-01T00:00:00Z',
    },
  ],
  'POST /v1/cvc-sessions': [{ cvc: '123', token: 'tok_none' }],
  'POST /v1/accounts': [
    {
      adapter: 'stripe',
      mode: 'sandbox',
      name: 'main',
      credentials: { api_key: canarySecret() },
      options: {},
      base_url: 'https://psp.example',
    },
  ],
  'POST /v1/destinations': [
    { host: 'a.example', port: 443, path_prefix: '/v1', methods: ['POST', 'GET'] },
  ],
  'POST /v1/keys': [{ name: 'a', scopes: ['forward'], test: true }],
  'POST /v1/clients': [{ name: 'a', scopes: ['forward'], test: true }],
  'POST /tokenize': [
    {
      type: 'card',
      data: {
        cardNumber: card.number,
        expirationMonth: '03',
        expirationYear: '2031',
        cvv: '123',
        firstName: 'A',
        lastName: 'B',
      },
    },
    { type: 'bank', data: { accountNumber: '12345678', routingNumber: '110000000' } },
  ],
  'POST /test-tokens': [
    { cardNumber: card.number, expirationMonth: '03', expirationYear: '2031', cvc: '123' },
  ],
  'POST /proxy/transaction': [
    {
      token: 'tok_none',
      cvc_session_id: CVC_SESSION,
      proxy_url: 'https://psp.example/v1/charges',
      request_data: { n: '${cardNumber}' },
      http_headers: { Authorization: 'Bearer x', 'X-Card': '${cardNumber}' },
      http_method: 'POST',
    },
  ],
  'POST /v2/forwarded-requests': [
    stitchForward,
    { ...stitchForward, destinationRequest: undefined, request },
  ],
  'POST /v2/tokens': [
    { type: 'card', card: stitchCard, metadata: { cardholderName: 'A' }, externalReference: 'b' },
    { type: 'card', ...stitchCard },
    stitchForward,
  ],
}
