/** @module The requests of a bench, each as the users of its API would write it; about as long as one another. */
import type { Pangate } from './pangate.ts'

export interface Shot {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** A header that must be another for each request. */
  readonly unique?: string
  /** Values that take turns in place of TURN in the body: one that is in use is nobody else's meanwhile. */
  readonly turns?: readonly string[]
  /** What a right answer holds. */
  readonly holds: string
}

/** What values that take turns stand in place of. */
export const TURN = '__turn__'

const JSON_TYPE = { 'content-type': 'application/json' }

/** A charge, with what stands for the card; about 330 bytes where it stands for itself. */
function charge(number: string, month: string, year: string): Readonly<Record<string, unknown>> {
  return {
    amount: 2000,
    currency: 'usd',
    description: 'Order 6735 of the shop, two items, sent by post',
    reference: 'order-6735-first-attempt',
    source: { number, exp_month: month, exp_year: year, holder: 'Ann Example' },
    billing: { line1: 'Am Wall 1', city: 'Bremen', postal_code: '28195', country: 'DE' },
    metadata: { cart: '5a4f7f9c', channel: 'web', locale: 'de-DE' },
  }
}

/** The charge with the card in it, as it reaches the PSP: for what is no vault. */
export function clearShot(url: string): Shot {
  return {
    url: `${url}/v1/charges`,
    headers: { ...JSON_TYPE, authorization: 'Bearer sk_test_pangate' },
    body: JSON.stringify(charge('4242424242424242', '12', '2034')),
    holds: 'ch_3Mtw',
  }
}

/** By request, natively. */
export function nativeShot({ url, token, site }: Pangate, psp: string): Shot {
  const body = charge('{{ card.number }}', '{{ card.exp_month }}', '{{ card.exp_year }}')
  return {
    url: `${url}/v1/forward`,
    headers: { ...JSON_TYPE, authorization: `Bearer ${site.key}` },
    body: JSON.stringify({
      token,
      request: {
        method: 'POST',
        url: `${psp}/v1/charges`,
        headers: { authorization: 'Bearer sk_test_pangate' },
        body,
      },
    }),
    holds: 'ch_3Mtw',
  }
}

/** By account, with the security code. */
export function accountShot(pangate: Pangate, account: string): Shot {
  return {
    url: `${pangate.url}/v1/forward`,
    headers: { ...JSON_TYPE, authorization: `Bearer ${pangate.site.key}` },
    body: JSON.stringify({
      account,
      operation: 'purchase',
      token: pangate.token,
      cvc_session: TURN,
      amount: { minor: 1999, currency: 'EUR' },
      reference: 'order-6735',
      customer: {
        id: '42',
        first_name: 'Ann',
        last_name: 'Lee',
        email: 'ann@shop.example',
        phone: '+49 40 7654321',
        dob: '1980-05-31',
      },
      billing_address: { line1: 'Am Wall 1', city: 'Bremen', postal_code: '28195', country: 'DE' },
      device: { ip: '203.0.113.7' },
      return_url: 'https://shop.example/done',
      notification_url: 'https://shop.example/hook',
    }),
    turns: pangate.sessions,
    holds: '"kind":"approved"',
  }
}

/** The dialects of others. */
export function dialectShots(
  { url, token, site }: Pangate,
  psp: string,
): Readonly<Record<'Ozura' | 'Basis Theory (AI)' | 'Basis Theory' | 'Stitch', Shot>> {
  const target = `${psp}/v1/charges`
  const ai = (path: string): string => `{{ paymentMethod: ${token} | json: '$.${path}' }}`
  const classic = (path: string): string => `{{ token: ${token} | json: '$.data.${path}' }}`
  return {
    Ozura: {
      url: `${url}/proxy/transaction`,
      headers: { ...JSON_TYPE, 'x-api-key': site.key },
      body: JSON.stringify({
        token,
        proxy_url: target,
        request_data: charge('${cardNumber}', '${expirationMonth}', '${expirationYear}'),
        http_headers: { Authorization: 'Bearer sk_test_pangate' },
      }),
      holds: 'ch_3Mtw',
    },
    'Basis Theory (AI)': {
      url: `${url}/tenants/shop/proxy`,
      headers: {
        ...JSON_TYPE,
        'bt-authorization': `Bearer ${site.key}`,
        'bt-target-url': target,
        authorization: 'Bearer sk_test_pangate',
      },
      body: JSON.stringify(charge(ai('number'), ai('expirationMonth'), ai('expirationYear'))),
      holds: 'ch_3Mtw',
    },
    'Basis Theory': {
      url: `${url}/proxy`,
      headers: {
        ...JSON_TYPE,
        'bt-api-key': site.key,
        'bt-proxy-url': target,
        authorization: 'Bearer sk_test_pangate',
      },
      body: JSON.stringify(
        charge(classic('number'), classic('expiration_month'), classic('expiration_year')),
      ),
      holds: 'ch_3Mtw',
    },
    Stitch: {
      url: `${url}/v2/forwarded-requests`,
      headers: { ...JSON_TYPE, authorization: `Bearer ${site.key}` },
      body: JSON.stringify({
        token,
        destinationRequest: {
          url: target,
          method: 'POST',
          headers: { 'Content-Type': 'application/json', Authorization: 'Bearer sk_test_pangate' },
          body: JSON.stringify(
            charge('{{card.number}}', '{{card.expiry.month}}', '{{card.expiry.year}}'),
          ),
        },
      }),
      holds: 'ch_3Mtw',
    },
  }
}

/** Sends a shot once. Throws where the answer is not right. */
export async function tryShot(
  { url, headers, body, unique, turns, holds }: Shot,
  ca?: string,
): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, ...(unique !== undefined && { [unique]: crypto.randomUUID() }) },
    body: turns ? body.replace(TURN, turns[0] ?? '') : body,
    ...(ca !== undefined && { tls: { ca } }),
  })
  const text = await response.text()
  if (response.ok && text.includes(holds)) return
  throw new Error(`${url}: ${response.status} ${text.slice(0, 500)}`)
}
