/**
 * @module Praxis over vectors: what it publishes, and what public code makes, each with its source.
 */
import { describe, expect, test } from 'bun:test'
import { createDecipheriv } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import praxisModule from '../../adapters/praxis.ts'
import type { Intent, Json } from '../../src/adapter.ts'
import { kit } from '../../src/kit.ts'
import { answerOf, make, optionsOf, own, send } from './support.ts'

interface Vector {
  readonly scheme: string
  readonly name: string
  readonly source: string
  readonly inputs: Readonly<Record<string, Json>>
  readonly expected: string
}

/** What is published, what public code makes of the orders of 1.3, and what lies beside a working copy of the repository. */
const FILES = [
  '../vectors/signing.json',
  '../vectors/praxis.json',
  '../../../shared/vectors/praxis.json',
]
const vectors = FILES.map((path) => resolve(import.meta.dir, path))
  .filter((path) => existsSync(path))
  // Both are lists of vectors.
  .flatMap((path) => JSON.parse(readFileSync(path, 'utf8')) as Vector[])
  .filter(({ scheme }) => scheme.startsWith('praxis'))

const praxis = make(praxisModule)
const verify = own(praxis.verify)
const card = { number: '4242424242424242', exp_month: '12', exp_year: '2034', cvc: '123' }
const base: Intent = {
  operation: 'purchase',
  idempotency_key: 'fwd_1',
  now: 1_700_000_000,
  mode: 'sandbox',
  options: optionsOf(praxis),
  extra: {},
}

function credentialsOf(merchant_secret: Json | undefined) {
  const ids = { merchant_id: '123456', application_key: 'app_key_abc' }
  return { ...ids, merchant_secret: String(merchant_secret) }
}

/** Values at dotted names, as the message that has them. */
function messageOf({ inputs }: Vector): Record<string, Json> {
  const message: Record<string, Json> = {}
  // Lists of the same length.
  const [fields, values] = [inputs['fields'] as string[], inputs['values'] as Json[]]
  fields.forEach((path, at) => {
    const [first = '', second] = path.split(' ')[0]?.split('.') ?? []
    const value = values[at] ?? null
    if (second === undefined) message[first] = value
    // Made one line below, where it is not there yet.
    else message[first] = { ...(message[first] as Record<string, Json>), [second]: value }
  })
  return message
}

function sealed(merchant_secret: string, now: number): Buffer {
  const { fields } = send(
    praxis,
    { ...base, now },
    { card, credentials: credentialsOf(merchant_secret) },
  )
  return Buffer.from(String(fields['cvv_encrypted']), 'base64')
}

function opened(key: string, iv: string, bytes: Buffer): string {
  const cipher = createDecipheriv('aes-256-cbc', key, iv)
  return Buffer.concat([cipher.update(bytes), cipher.final()]).toString('utf8')
}

const header = (value: string) => ({ 'gt-authentication': value })
const v13 = optionsOf(praxis, { version: '1.3', answer_signature: 'cashier' })

/** A check by scheme and name; null where the adapter has no such message, which the title then says. */
const CHECKS: Readonly<Record<string, ((vector: Vector) => void) | null>> = {
  'praxis-1.1-concat-sha384': ({ inputs, expected }) =>
    expect(kit.crypto.hash('sha384', String(inputs['concatenated']))).toBe(expected),
  'praxis-1.2-sorted-values-sha384': ({ inputs, expected }) => {
    // A record of values.
    const params = inputs['params'] as Record<string, Json>
    const signing = { credentials: credentialsOf(inputs['secret']), intent: base }
    const verified = (signature: string) => verify(answerOf(200, { ...params, signature }), signing)
    expect(verified(expected)).toBe(true)
    expect(verified(expected.toUpperCase())).toBe(true)
    expect(verified(expected.replace(/^./, 'x'))).toBe(false)
  },
  'key padding example': ({ inputs, expected }) => {
    const bytes = sealed(String(inputs['value']), 1_700_000_000)
    expect(opened(expected, '0000001700000000', bytes)).toBe(card.cvc)
  },
  'iv padding example': ({ inputs, expected }) => {
    const bytes = sealed('SomeSecretKey', Number(inputs['value']))
    expect(opened('0000000000000000000SomeSecretKey', expected, bytes)).toBe(card.cvc)
  },
  // Made with a key and an IV that are not the documented ones; they prove the cipher and its padding alone.
  'praxis-doc-example-aes': ({ inputs, expected }) => {
    const key = Buffer.alloc(32)
    key.write(String(inputs['keyUtf8']))
    const iv = Uint8Array.from(Buffer.from(String(inputs['ivHex']), 'hex'))
    const text = String(inputs['ciphertextB64'])
    expect(kit.crypto.decrypt('aes-cbc', Uint8Array.from(key), text, { iv })).toBe(expected)
    expect(kit.crypto.encrypt('aes-cbc', Uint8Array.from(key), expected, { iv })).toBe(text)
  },
  'notification (payment)': (vector) => verifyNotification(vector),
  'subscription notification': (vector) => verifyNotification(vector),
  acknowledgement: ({ inputs, expected }) => {
    const credentials = credentialsOf(inputs['secret'])
    const said = praxis.notification?.acknowledge(true, {
      credentials,
      options: v13,
      now: base.now,
    })
    expect(said?.headers['gt-authentication']).toBe(expected)
    expect(said?.headers['external-request-signature']).toBe(expected)
  },
  'cashier response': (vector) => {
    const signing = {
      credentials: credentialsOf(vector.inputs['secret']),
      intent: { ...base, options: v13 },
    }
    const verified = (signature: string) =>
      verify(answerOf(200, messageOf(vector), header(signature)), signing)
    expect(verified(vector.expected)).toBe(true)
    expect(verified(vector.expected.replace(/^./, 'x'))).toBe(false)
  },
  'direct-process request': (vector) => {
    const rendered = {
      method: 'POST',
      url: 'https://gw.praxisgate.com/api/direct-process',
      headers: {},
      bytes: new Uint8Array(),
      fields: messageOf(vector),
    } as const
    const credentials = credentialsOf(vector.inputs['secret'])
    const signed = own(praxis.sign)(rendered, { credentials, intent: { ...base, options: v13 } })
    expect(signed).toEqual(header(vector.expected))
  },
  // Of the cashier's pages, where Praxis has the customer type the card: no card goes through us.
  'cashier request': null,
  'validation callback': null,
}

function verifyNotification(vector: Vector): void {
  // Public code signs ids that are no merchant's of ours, so the account is theirs.
  const message = messageOf(vector)
  const given = { credentials: credentialsOf(vector.inputs['secret']), options: v13, now: base.now }
  const verified = (body: object, signature: string) =>
    own(praxis.notification?.verify)(
      { ...answerOf(200, body, header(signature)), query: {} },
      given,
    )
  expect(verified(message, vector.expected)).toBe(true)
  expect(verified({ ...message, timestamp: 1 }, vector.expected)).toBe(false)
  expect(verified(message, vector.expected.replace(/^./, 'x'))).toBe(false)
}

describe('vectors', () => {
  for (const vector of vectors) {
    const { scheme, name, source } = vector
    const key = name in CHECKS ? name : scheme
    test(`${name}: ${source}`, () => {
      expect(CHECKS).toHaveProperty([key])
      CHECKS[key]?.(vector)
    })
  }

  test('are there', () => expect(vectors.length).toBeGreaterThanOrEqual(15))
})
