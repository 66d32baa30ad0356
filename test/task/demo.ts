/**
 * @module From nothing to a charged card: `bun run demo` installs, builds, starts `pangate dev`, forwards a card, stays up.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { BINARY, ROOT, build, execute, install, warnAboutVersion } from './project.ts'

/** Kept from run to run; not committed. */
const DATA = join(ROOT, 'pangate-data')

/** What `pangate dev --json` prints when it is ready. */
interface Ready {
  readonly url: string
  readonly api_key: string
  readonly accounts: { readonly praxis: string }
  readonly sandbox: { readonly url: string }
}

async function main(): Promise<void> {
  warnAboutVersion()
  await step('Installing what the lockfile names', install())
  await step('Building dist/pangate', build())
  mkdirSync(DATA, { recursive: true })
  const dev = Bun.spawn([BINARY, 'dev', '--json', '--data', DATA], {
    cwd: DATA,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => dev.kill(signal))
  try {
    const ready = await firstLine(dev.stdout)
    if (ready !== null) await charge(ready)
  } catch (error) {
    dev.kill()
    throw error
  }
  process.exitCode = await dev.exited
}

/** Stores a card and pays with its token at two PSPs, as a merchant's server would. */
async function charge({ url, api_key, accounts, sandbox }: Ready): Promise<void> {
  const stored = await post(`${url}/v1/tokens`, api_key, {
    type: 'card',
    card: {
      number: '4242424242424242',
      exp_month: '12',
      exp_year: String(new Date().getFullYear() + 3),
    },
    cvc: '123',
  })
  const forward = {
    token: stored['id'],
    cvc_session: idOf(stored['cvc_session']),
    request: {
      method: 'POST',
      url: `${sandbox.url}/v1/payment_intents`,
      headers: {
        authorization: 'Bearer sk_test_demo',
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: [
        'amount=1999&currency=eur&confirm=true&payment_method_data[type]=card',
        'payment_method_data[card][number]={{ card.number }}',
        'payment_method_data[card][exp_month]={{ card.exp_month }}',
        'payment_method_data[card][exp_year]={{ card.exp_year }}',
        'payment_method_data[card][cvc]={{ card.cvc }}',
      ].join('&'),
    },
  }
  show('A card was stored, and this is all that a merchant sees of it', stored)
  show('This is sent to POST /v1/forward, with the token in place of the card', forward)
  const answer = await post(`${url}/v1/forward`, api_key, forward)
  show("And this came back: the answer of the sandbox's Stripe", answer)
  const again = await post(`${url}/v1/cvc-sessions`, api_key, { cvc: '123' })
  const wish = {
    account: accounts.praxis,
    operation: 'purchase',
    token: stored['id'],
    cvc_session: again['id'],
    amount: { minor: 1999, currency: 'EUR' },
    reference: `order-${Date.now()}`,
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
    return_url: 'https://shop.test/done',
    notification_url: `${url.replace('127.0.0.1', 'localhost')}/v1/notifications/${accounts.praxis}`,
  }
  show('The same card at another PSP: its adapter encrypts and signs', wish)
  const paid = await post(`${url}/v1/forward`, api_key, wish)
  show("And this came back: the answer of the sandbox's Praxis", paid)
  console.log(`Pangate stays up at ${url} (reference: ${url}/docs), with the API key ${api_key}`)
  console.log('Stop it with Ctrl-C.')
}

async function step(what: string, work: ReturnType<typeof execute>): Promise<void> {
  console.log(`${what} ...`)
  const { status, output } = await work
  if (status === 0) return
  console.error(output)
  process.exit(1)
}

/** The line that says that the program is ready; null where it ended without one, having said why itself. */
async function firstLine(stream: ReadableStream<Uint8Array>): Promise<Ready | null> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true })
    const end = text.indexOf('\n')
    // Its shape is the contract of `pangate dev --json`, which has a test of its own.
    if (end >= 0) return JSON.parse(text.slice(0, end)) as Ready
  }
  return null
}

async function post(url: string, key: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`POST ${url} answered ${response.status}: ${text}`)
  // Every answer of the API is an object.
  return JSON.parse(text) as Record<string, unknown>
}

function idOf(session: unknown): unknown {
  return typeof session === 'object' && session !== null && 'id' in session ? session.id : undefined
}

function show(what: string, value: unknown): void {
  console.log(`\n${what}:\n${JSON.stringify(value, null, 2)}\n`)
}

await main()
