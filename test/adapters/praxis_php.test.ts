/**
 * @module Praxis against PHP: its own encryption function and signature, run by PHP itself over hundreds of requests.
 */
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import fc from 'fast-check'
import praxisModule from '../../adapters/praxis.ts'
import type { Intent } from '../../src/adapter.ts'
import { answerOf, make, optionsOf, send, own } from './support.ts'

const praxis = make(praxisModule)
const verify = own(praxis.verify)
const php = Bun.which('php')
const why = php === null ? ' (skipped: there is no php here; Debian has it in php-cli)' : ''

/** Text as customers write it: any alphabet, quotes, slashes, line breaks. */
const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 25 })
const digits = (least: number, most: number) =>
  fc.stringMatching(new RegExp(`^\\d{${least},${most}}$`))
const secret = fc.oneof(
  fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 32 }),
  words.filter((text) => Buffer.byteLength(text) <= 32),
)
/** JSON scalars as PHP and we read them alike. */
const value = fc.oneof(words, fc.integer(), fc.boolean(), fc.constant(null), fc.constant(''))
const name = fc.stringMatching(/^[a-z][a-z_]{0,15}$/)
const input = fc.record({
  secret,
  timestamp: fc.integer({ min: 1, max: 4_294_967_295 }),
  number: digits(12, 19),
  cvc: digits(3, 4),
  month: fc.integer({ min: 1, max: 12 }),
  year: fc.integer({ min: 2026, max: 2099 }),
  city: words,
  extra: fc.dictionary(
    name.filter((one) => !/^(signature|timestamp|version|card|cvv)/.test(one)),
    fc.oneof(words, fc.integer()),
    { maxKeys: 4 },
  ),
  answer: fc.dictionary(
    name.filter((one) => one !== 'signature'),
    value,
    { minKeys: 1, maxKeys: 8 },
  ),
})

function caseOf(given: ReturnType<typeof sample>[number]) {
  const { secret: merchant_secret, timestamp: now, number, cvc, month, year } = given
  const expiry = `${String(month).padStart(2, '0')}/${year}`
  const intent: Intent = {
    operation: 'purchase',
    amount: { minor: 1999, currency: 'EUR' },
    reference: 'order-1',
    idempotency_key: 'fwd_1',
    now,
    mode: 'sandbox',
    billing_address: { city: given.city },
    options: optionsOf(praxis),
    extra: given.extra,
  }
  const [exp_month = '', exp_year = ''] = expiry.split('/')
  const credentials = { merchant_id: 'm', application_key: 'a', merchant_secret }
  const sent = send(praxis, intent, { card: { number, cvc, exp_month, exp_year }, credentials })
  const answer = JSON.stringify(given.answer)
  return { credentials, intent, sent, given: { ...given, expiry, body: sent.text, answer } }
}

function sample() {
  return fc.sample(input, { numRuns: 400, seed: 1_579_218_438 })
}

interface Result {
  readonly number: string
  readonly expiry: string
  readonly cvc: string
  readonly signature: string
  readonly answer: string
}

test.skipIf(php === null)(`PHP encrypts and signs as we do, 400 times${why}`, async () => {
  const cases = sample().map(caseOf)
  const child = Bun.spawn([php ?? 'php', join(import.meta.dir, 'praxis.php')], {
    stdin: Buffer.from(JSON.stringify(cases.map(({ given }) => given))),
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ])
  expect({ status: await child.exited, stderr }).toEqual({ status: 0, stderr: '' })
  // The shape that praxis.php writes.
  const results = JSON.parse(stdout) as Result[]
  expect(results).toHaveLength(cases.length)
  for (const [at, { sent, credentials, intent, given }] of cases.entries()) {
    const { fields } = sent
    expect({
      number: fields['card_number_encrypted'],
      expiry: fields['card_exp_encrypted'],
      cvc: fields['cvv_encrypted'],
      signature: fields['signature'],
    }).toEqual({ ...results[at], answer: undefined } as never)
    // What PHP signed as Praxis would, we take for Praxis's.
    const signed = { ...JSON.parse(given.answer), signature: results[at]?.answer }
    expect(verify(answerOf(200, signed), { credentials, intent })).toBe(true)
  }
})
if (why !== '') console.log(`PHP's Praxis is not run${why}`)
