/**
 * @module What the sandbox costs: `bun bench/sandbox.ts`. All that an adapter does for one payment, inside and outside.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Adapter, Answer, Intent, Json, Rendered } from '../src/adapter.ts'
import { openSandboxed } from '../src/external/sandboxed.ts'
import { asHole } from '../src/hole.ts'
import { openRegistry } from '../src/registry.ts'
import { sized } from './support/options.ts'
import { report, table } from './support/report.ts'

const ROUNDS = sized(3000, 500)
/** Payments before the first one that is counted: code is compiled as it is used. */
const WARM = sized(3000, 500)
/** Payments of one adapter before it is the other's turn. */
const TURN = 20
const GOAL = 150

const intent: Intent = {
  operation: 'purchase',
  amount: { minor: 1999, currency: 'EUR' },
  reference: 'order-1',
  idempotency_key: 'fwd_01hzzzzzzzzzzzzzzzzzzzzzzz',
  now: 1_767_225_600,
  mode: 'sandbox',
  options: {},
  customer: {
    id: '7',
    first_name: 'Ann',
    last_name: 'Example',
    email: 'a@shop.example',
    phone: '493012345678',
    dob: '1980-05-15',
  },
  billing_address: { line1: 'Street 1', city: 'Berlin', country: 'DE', postal_code: '10115' },
  device: { ip: '203.0.113.7', user_agent: 'Mozilla/5.0' },
  return_url: 'https://shop.example/back',
  notification_url: 'https://shop.example/hook',
  extra: { gateway: 'g1' },
}
const card = {
  number: '4242424242424242',
  cvc: '123',
  exp_month: '12',
  exp_year: '2034',
  holder: 'Ann Example',
}
const credentials: Readonly<Record<string, string>> = {
  api_key: 'sk_test_4eC39HqLyjWDarjtT1zdp7dc',
  merchant_id: 'merchant',
  application_key: 'application',
  merchant_secret: 'MerchantSecretKey',
  gateway: 'gateway',
}

/** A recorded answer to a purchase. */
function answerOf(id: string): Answer {
  const path = join(import.meta.dir, `../test/fixtures/${id}/purchase.approved.json`)
  const { status = 200, body }: { status?: number; body: Json } = JSON.parse(
    readFileSync(path, 'utf8'),
  )
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { status, headers: { 'content-type': 'application/json' }, text, json: JSON.parse(text) }
}

/** Everything that the line asks of an adapter for one payment, in its order. How many calls that is. */
function payment(adapter: Adapter, answer: Answer): number {
  const { purchase } = adapter.operations
  if (!purchase) throw new TypeError('it takes no payments')
  let calls = 2
  if (purchase.check) {
    purchase.check(intent)
    calls++
  }
  const { headers, body } = purchase.build(intent)
  const opened = { card, credentials, intent }
  for (const derive of Object.values(adapter.derive ?? {})) {
    derive(opened)
    calls++
  }
  const fields: Record<string, Json> = {}
  for (const [name, value] of Object.entries(body && 'fields' in body ? body.fields : {})) {
    if (value !== undefined)
      fields[name] = asHole(value) ? 'x'.repeat(64) : JSON.parse(JSON.stringify(value))
  }
  for (const [name, compute] of Object.entries(adapter.fields ?? {})) {
    fields[name] = compute(fields, opened) ?? null
    calls++
  }
  if (typeof adapter.sign === 'function') {
    const request: Rendered = {
      method: 'POST',
      url: 'https://psp.example/pay',
      headers: { 'content-type': 'application/json' },
      bytes: Buffer.from(JSON.stringify([headers, body]).slice(0, 700)),
      fields,
    }
    adapter.sign(request, opened)
    calls++
  }
  if (typeof adapter.verify === 'function') {
    adapter.verify(answer, opened)
    calls++
  }
  purchase.parse(answer, intent)
  return calls
}

/** Adapters in turn, a few payments of each, so that whatever else the machine does befalls all of them. */
function microseconds(
  adapters: readonly Adapter[],
  answer: Answer,
): readonly { readonly median: number; readonly p99: number }[] {
  const times: number[][] = adapters.map(() => [])
  for (let round = 0; round < WARM + ROUNDS; round += TURN) {
    for (const [index, adapter] of adapters.entries()) {
      for (let turn = 0; turn < TURN; turn++) {
        const started = Bun.nanoseconds()
        payment(adapter, answer)
        if (round >= WARM) times[index]?.push((Bun.nanoseconds() - started) / 1000)
      }
    }
  }
  return times.map((all) => {
    const sorted = all.toSorted((a, b) => a - b)
    const at = (part: number): number => sorted[Math.floor(sorted.length * part)] ?? 0
    return { median: at(0.5), p99: at(0.99) }
  })
}

const rows: Record<string, string | number>[] = []
for (const id of ['stripe', 'praxis']) {
  const outside = openRegistry().get(id)
  const source = readFileSync(join(import.meta.dir, `../adapters/${id}.ts`), 'utf8')
  const started = performance.now()
  const inside = await openSandboxed(source, `${id}.ts`)
  const loading = performance.now() - started
  const answer = answerOf(id)
  const [one, other] = microseconds([inside, outside], answer)
  if (!one || !other) throw new TypeError('nothing was measured')
  rows.push({
    adapter: id,
    calls: payment(outside, answer),
    'inside, us': one.median.toFixed(0),
    'p99, us': one.p99.toFixed(0),
    'outside, us': other.median.toFixed(1),
    'cost, us': (one.median - other.median).toFixed(0),
    'load, ms': loading.toFixed(0),
    [`under ${GOAL} us`]: one.median - other.median < GOAL ? 'yes' : 'no',
  })
}
report(
  'What the sandbox costs',
  'bun bench/sandbox.ts',
  `All that an adapter does for one payment, as an adapter of a file (inside) and as a built-in one (outside), in turn: the
median of ${ROUNDS} payments after ${WARM}. The cost of the sandbox is the difference.

${table(rows)}`,
)
