/**
 * @module What each preset sends, byte for byte, with its signature proven by the published vector or made anew by the published formula.
 */
import { describe, expect, test } from 'bun:test'
import {
  createHash,
  createHmac,
  createPrivateKey,
  generateKeyPairSync,
  privateDecrypt,
  constants,
} from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Outgoing } from '../../src/forward/call.ts'
import { openRegistry } from '../../src/registry.ts'
import { PRESETS } from '../../src/templates/presets.ts'
import { readSource } from '../../src/templates/source.ts'
import { asText, sentBy, type Wanted } from './sent.ts'

const FIXTURES = join(import.meta.dir, '../fixtures')
const registry = openRegistry()

interface Sent {
  readonly id: string
  readonly name: string
  readonly wanted: Wanted
  readonly text: string
}

function read(id: string, file: string): Sent {
  const [head = '', text = ''] = readFileSync(join(FIXTURES, id, file), 'utf8').split(
    '\n----------\n',
  )
  const [, json = ''] = head.split(/^# source: .+\n/)
  return {
    id,
    name: file.replace('.sent.txt', ''),
    wanted: JSON.parse(json),
    text: text.replace(/\n$/, ''),
  }
}

const sent = Object.keys(PRESETS).flatMap((id) =>
  readdirSync(join(FIXTURES, id))
    .filter((file) => file.endsWith('.sent.txt'))
    .map((file) => read(id, file)),
)

describe.each(Object.keys(PRESETS))('%s', (id) => {
  for (const one of sent.filter((fixture) => fixture.id === id)) {
    test(`${one.name} is sent as recorded`, async () => {
      expect(asText(await sentBy(registry.get(id), one.wanted))).toBe(one.text)
    })
  }
  test('has a payment among what is recorded', () => {
    expect(sent.some((one) => one.id === id && one.name === 'purchase')).toBe(true)
  })
})

/** Where a PSP published what comes of given values: what must stand in the request. */
const VECTORS: readonly (readonly [string, string, string])[] = [
  [
    'payu_india',
    'purchase',
    '&hash=5199c0735c21d647f287a2781024743d35fabfd640bc20f2ae7b5277e3d7d06fa315fcdda266cfa64920517944244c632e5f38768481626b22e2b0d70c806d60',
  ],
  [
    'payu_india',
    'refund',
    '&hash=06ee55774af4e3eee3f946d4079d34efca243453199b0d4a1328f248b93428ed5c6342c6d73010c0b86d19afc04ae7a1c62c68c472cc0811d00a9a10ecf28791',
  ],
  ['payu_latam', 'purchase', '"signature":"7ee7cf808ce6a39b17481c54f2c57acc"'],
  [
    'solidgate',
    'request',
    'signature: OTI1YWM2ZGFmYjNiZGM1MGU3ODk3ZmFmZjdiZWRiMWFmZTk3Y2E1OGY0YzJkYzRhYjU1NGQ5MjUyYWNkYWY0MGRjYzViNjdiMDE2NjU5NGUxNDRhZGU2OWU3MmQwNWM0NGI5NTkyNGZiNzhkYWUxZWIwN2Y5MDhkNTkzYzFiYTk=',
  ],
]

test.each(VECTORS)('%s %s has the published signature', (id, name, signature) => {
  expect(sent.find((one) => one.id === id && one.name === name)?.text).toContain(signature)
})

type Signer = (
  request: Outgoing,
  header: (name: string) => string,
  given: Wanted,
) => readonly [string, string]
const hmac = (hash: string, key: string | undefined, text: string) =>
  createHmac(hash, key ?? '').update(text)

/** The formulas of the vendors' pages, in the plainest code. */
const FORMULAS: Readonly<Record<string, Signer>> = {
  dlocal: ({ body }, header, { credentials: c }) => [
    header('authorization'),
    `V2-HMAC-SHA256, Signature: ${hmac('sha256', c['secret_key'], `${c['x_login']}${header('x-date')}${body}`).digest('hex')}`,
  ],
  rapyd: ({ body, method, target }, header, { credentials: c }) => {
    const text =
      method.toLowerCase() +
      target +
      header('salt') +
      header('timestamp') +
      c['access_key'] +
      c['secret_key'] +
      body
    return [
      header('signature'),
      Buffer.from(hmac('sha256', c['secret_key'], text).digest('hex')).toString('base64'),
    ]
  },
  fiserv: ({ body }, header, { credentials: c }) => [
    header('authorization'),
    hmac(
      'sha256',
      c['api_secret'],
      `${c['api_key']}${header('client-request-id')}${header('timestamp')}${body}`,
    ).digest('base64'),
  ],
  solidgate: ({ body }, header, { credentials: c }) => [
    header('signature'),
    Buffer.from(
      hmac('sha512', c['secret_key'], `${c['public_key']}${body}${c['public_key']}`).digest('hex'),
    ).toString('base64'),
  ],
  payu_india: ({ fields: f }, _, { credentials: c, operation }) => {
    const of = (...names: string[]) => names.map((name) => f[name] ?? '').join('|')
    const text =
      operation === 'refund'
        ? of('key', 'command', 'var1')
        : `${of('key', 'txnid', 'amount', 'productinfo', 'firstname', 'email', 'udf1', 'udf2', 'udf3', 'udf4', 'udf5')}|||||`
    return [String(f['hash']), createHash('sha512').update(`${text}|${c['salt']}`).digest('hex')]
  },
  paysafe: (_, header, { credentials: c }) => [
    header('authorization'),
    `Basic ${Buffer.from(`${c['username']}:${c['password']}`).toString('base64')}`,
  ],
}

test.each(sent.filter(({ id }) => id in FORMULAS).map((one) => [one.id, one.name, one] as const))(
  '%s %s is signed by the published formula',
  async (id, _, { wanted }) => {
    const request = await sentBy(registry.get(id), wanted)
    const headers = new Map(request.headers.map(([name, value]) => [name.toLowerCase(), value]))
    const [is, shouldBe] = FORMULAS[id]?.(request, (name) => headers.get(name) ?? '', wanted) ?? [
      '',
      'x',
    ]
    expect(is).toBe(shouldBe)
  },
)

test('a wrong secret gives another signature', async () => {
  const one = sent.find(({ id, name }) => id === 'dlocal' && name === 'purchase')
  if (!one) throw new Error('there is no such fixture')
  const credentials = { ...one.wanted.credentials, secret_key: 'another' }
  expect(asText(await sentBy(registry.get('dlocal'), { ...one.wanted, credentials }))).not.toBe(
    one.text,
  )
})

test("Fiserv's block is the card under the merchant's key, and its lengths tell where each field ends", async () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const public_key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
  const one = sent.find(({ id, name }) => id === 'fiserv' && name === 'purchase')
  if (!one) throw new Error('there is no such fixture')
  const request = await sentBy(registry.get('fiserv'), {
    ...one.wanted,
    options: { encryption: 'on' },
    credentials: { ...one.wanted.credentials, key_id: 'key-id-1', public_key },
  })
  const { encryptionData, card, sourceType } = JSON.parse(request.body.toString()).source
  expect(sourceType).toBe('PaymentCard')
  expect(card).toEqual({ securityCode: '123', securityCodeIndicator: 'PROVIDED' })
  expect(encryptionData).toMatchObject({
    ...{ keyId: 'key-id-1', encryptionType: 'RSA' },
    encryptionBlockFields:
      'card.cardData:16,card.nameOnCard:15,card.expirationMonth:2,card.expirationYear:4',
  })
  const key = {
    key: createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    padding: constants.RSA_PKCS1_OAEP_PADDING,
    oaepHash: 'sha256',
  }
  const block = privateDecrypt(
    key,
    Buffer.from(encryptionData.encryptionBlock, 'base64'),
  ).toString()
  expect(block).toBe('4111111111111111Longbob Longsen092031')
  expect(request.body.toString()).not.toContain('4111111111111111')
})

test.each(Object.entries(PRESETS))(
  '%s names its source, and says where there is no published vector',
  (id, text) => {
    const { value } = readSource(text, `${id}.yaml`)
    expect(value).toMatchObject({ source: expect.stringMatching(/^https:\/\//) })
    // PayU Latam publishes a signature with its inputs; the others do not.
    expect(Object.hasOwn(Object(value), 'label')).toBe(id !== 'payu_latam')
  },
)
