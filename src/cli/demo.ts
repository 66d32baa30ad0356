/**
 * @module `pangate dev --demo`: stores a card and pays with its token at two PSPs and by a request of one's own, as a merchant's server would.
 */
import { createApp } from '../app.ts'
import type { Gateway } from '../gateway.ts'
import { TEST_CARD } from './dev_seed.ts'
import type { Ready } from './dev_text.ts'
import type { Terminal } from './terminal.ts'

/** Shows what is sent and what comes back. Throws where an answer is not what it should be. */
export async function demo(
  gateway: Gateway,
  { url, api_key, accounts, sandbox }: Ready,
  { out }: Terminal,
  mark: (text: string) => string,
): Promise<void> {
  const app = createApp(gateway)
  const stored = await post('A card is stored', '/v1/tokens', {
    type: 'card',
    card: { number: TEST_CARD, exp_month: 12, exp_year: new Date().getFullYear() + 3 },
    cvc: '123',
  })
  const token = stored['id']
  const amount = { minor: 1999, currency: 'EUR' }
  const reference = `order-${Date.now()}`
  const operation = 'purchase'
  await post('It is charged at Stripe: the adapter knows how that PSP wants it', '/v1/forward', {
    account: accounts.stripe,
    operation,
    token,
    amount,
    reference,
  })
  const again = await post('The security code is typed again', '/v1/cvc-sessions', { cvc: '123' })
  await post(
    'It is charged at Praxis: the same card, encrypted and signed as Praxis wants it',
    '/v1/forward',
    {
      account: accounts.praxis,
      operation,
      token,
      cvc_session: again['id'],
      amount,
      reference,
      ...CUSTOMER,
      return_url: 'https://shop.test/done',
      notification_url: `${url.replace('127.0.0.1', 'localhost')}/v1/notifications/${accounts.praxis}`,
    },
  )
  const session = stored['cvc_session']
  await post("It is charged by the merchant's own request, with placeholders", '/v1/forward', {
    token,
    cvc_session: isRecord(session) ? session['id'] : null,
    request: {
      method: 'POST',
      url: `${sandbox.url}/v1/charges`,
      headers: { Authorization: 'Bearer sk_test_pangate' },
      body: {
        amount: 2000,
        currency: 'usd',
        source: {
          number: '{{ card.number }}',
          exp_month: '{{ card.exp_month }}',
          exp_year: '{{ card.exp_year }}',
          cvc: '{{ card.cvc }}',
        },
      },
    },
  })

  async function post(
    title: string,
    path: string,
    body: unknown,
  ): Promise<Readonly<Record<string, unknown>>> {
    out(`${mark(`# ${title}`)}\nPOST ${path}\n${JSON.stringify(body, null, 2)}\n`)
    // Not over the network: a proxy that the environment names would be asked for 127.0.0.1.
    const response = await app.handle(
      new Request(url + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${api_key}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    )
    const answer: unknown = await response.json()
    out(`${response.status}\n${JSON.stringify(answer, told, 2)}\n`)
    const wrong = !response.ok || !isRecord(answer) || !isPaid(answer)
    if (wrong) throw new Error(`the demo failed at ${path}`)
    return answer
  }
}

/** What Praxis wants to know. */
const CUSTOMER = {
  customer: {
    id: '42',
    first_name: 'Ann',
    last_name: 'Lee',
    email: 'ann@shop.test',
    phone: '+49 40 7654321',
    dob: '1980-05-31',
  },
  billing_address: { line1: 'Am Wall 1', city: 'Bremen', postal_code: '28195', country: 'DE' },
  device: { ip: '203.0.113.7' },
}

/** Leaves out what is null or empty: a PSP's answers have many such fields. */
function told(_: string, value: unknown): unknown {
  const isEmpty = isRecord(value) && Object.values(value).every((one) => one === null)
  return value === null || isEmpty ? undefined : value
}

/** Whether the PSP took it; for a card that was stored there is no PSP. */
function isPaid(answer: Readonly<Record<string, unknown>>): boolean {
  const { outcome, response } = answer
  const approved = !isRecord(outcome) || outcome['kind'] === 'approved'
  return approved && (!isRecord(response) || response['status'] === 200)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
