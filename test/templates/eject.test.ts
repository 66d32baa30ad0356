/**
 * @module Ejected adapters: TypeScript that compiles, conforms and sends the same bytes as the document it is made of.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Adapter, AdapterModule, Intent, OperationName } from '../../src/adapter.ts'
import { checkAdapter } from '../../src/conformance/check.ts'
import { readFixtures } from '../../src/conformance/fixture.ts'
import { kit } from '../../src/kit.ts'
import { ejectTemplate } from '../../src/templates/eject/eject.ts'
import { loadTemplate, parseTemplate } from '../../src/templates/load.ts'
import { PRESETS } from '../../src/templates/presets.ts'
import { INTENT, MINIMAL, bodyOf, changed, written } from './minimal.ts'
import { asText, sentBy, type Wanted } from './sent.ts'

const ROOT = resolve(import.meta.dir, '../..')
const FIXTURES = join(ROOT, 'test/fixtures')
let dir: string

/** A document that has everything the presets have not. */
const FULL = changed(
  [
    'operations:',
    `decimals: { CLP: 2 }
currencies: [EUR, CLP]
derived:
  mac: { hmac: sha256, key: key, text: 'a{{card.number}}.{{intent.reference}}{{option.flow}}{{card.exp_year | yy}}' }
  sum: { hash: md5, text: '{{card.holder | upper}}', output: base64 }
  sealed: { text: '{{card.number | length}}{{credential.account}}' }
session:
  method: POST
  path: /token
  form: { grant_type: client_credentials, key: '{{credential.key}}' }
  values: { token: //token }
  seconds: //expires
  format: xml
operations:
  void:
    method: DELETE
    path: '/pay/{{reference.order}}/{{credential.account}}'
    query: 'x={{intent.customer.id}}'
    headers: { x-a: '{{intent.customer.email?}}', x-b: 'S {{session.token}}', x-c: '{{now.iso}}' }
    answers: { format: form, reference: 'form:id', code: [], message: [], url: [], rules: [{ kind: approved, when: { 'form:r': 1 } }] }`,
  ],
  [
    "      card: '{{card.number}}'",
    `      card: { pan: '{{derived.mac}}', sum: '{{derived.sum}}', shape: '{{derived.sealed}}', exp: '{{card.exp_month}}/{{card.exp_year | yy}}' }
      uuid: ['{{id.uuid}}', '{{id.hex16}}', '{{id.digits12}}', '{{now.compact}}']
      note: "it's {{intent.extra.note | default \\"a 'text'\\"}} {{intent.amount.decimal}}"
      flow: { '{{option.flow}}': { hosted: '{{intent.return_url}}' } }
      up: '{{intent.reference | upper}}'`,
  ],
  ['reference: $.id', "reference: { order: [$.id, 'request:reference'], second: header:x-second }"],
  [
    'code: $.code',
    "code: ['$.e[0].code', \"$.list[?(@.a=='b')].c\", $..deep, '$.form > form:x', 'regex:code=([0-9]{2})']",
  ],
  [
    '- { kind: approved, when: { $.status: ok } }',
    `- { kind: approved, when: { $.status: [ok, 'o''k'], $.n: 7, $.t: true }, absent: $.error, status: [200-201, 204] }
    - { kind: pending, when: { $.status: '/wait-\\d{2}/' }, for: purchase }`,
  ],
)

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'pangate-eject-'))
  const all = [...Object.entries(PRESETS), ['full', FULL], ['minimal', MINIMAL]] as const
  for (const [name, text] of all) {
    const types = resolve(ROOT, 'src/adapter.ts')
    const source = ejectTemplate(parseTemplate(text, `${name}.yaml`), `${name}.yaml`, types)
    writeFileSync(join(dir, `${name}.ts`), source)
  }
  const config = {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: { types: [] },
    include: ['*.ts'],
  }
  writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify(config))
})
afterAll(() => rmSync(dir, { recursive: true }))

async function ejected(name: string): Promise<Adapter> {
  const module: { readonly default: AdapterModule } = await import(join(dir, `${name}.ts`))
  return module.default(kit)
}

test('all compile, with nothing unused', () => {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const { stdout, exitCode } = Bun.spawnSync([process.execPath, tsc, '-p', dir])
  expect(stdout.toString()).toBe('')
  expect(exitCode).toBe(0)
})

describe.each(Object.keys(PRESETS))('%s', (id) => {
  const folder = join(FIXTURES, id)
  const files = readdirSync(folder)
  test('conforms', async () => {
    const fixtures = files
      .filter((name) => name.endsWith('.json'))
      .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }))
    expect(await checkAdapter(await ejected(id), readFixtures(fixtures), id)).toEqual([])
  })
  test.each(files.filter((name) => name.endsWith('.sent.txt')))('%s', async (file) => {
    const [head = '', text = ''] = readFileSync(join(folder, file), 'utf8').split('\n----------\n')
    const [, json = ''] = head.split(/^# source: .+\n/)
    const wanted: Wanted = JSON.parse(json)
    expect(asText(await sentBy(await ejected(id), wanted))).toBe(text.replace(/\n$/, ''))
  })
  test('says of itself what the document says', async () => {
    const plain = (adapter: Adapter) =>
      // A header of one part is that part; what comes of it is compared above.
      JSON.stringify({ ...adapter, options: adapter.options ?? {}, headers: null })
    const own = loadTemplate(PRESETS[id] ?? '', `${id}.yaml`)
    expect(JSON.parse(plain(await ejected(id)))).toEqual(JSON.parse(plain(own)))
  })
})

describe('everything the language has', () => {
  const own = loadTemplate(FULL, 'full.yaml')
  const intents: readonly Partial<Intent>[] = [
    {},
    { options: { flow: 'hosted' }, return_url: 'https://a.example' },
    { options: { flow: 'hosted' } },
    { amount: { minor: 500, currency: 'CLP' }, extra: { note: 'n', card: { pan: 1 }, x: [1] } },
    { amount: { minor: 500, currency: 'USD' }, idempotency_key: 'other' },
    { customer: { email: '' }, reference: '' },
  ]
  test.each(intents.map((one) => [JSON.stringify(one), one] as const))('%s', async (_, intent) => {
    const other = await ejected('full')
    const whole = { ...INTENT, ...intent }
    expect(bodyOf(other, intent)).toBe(bodyOf(own, intent))
    expect(other.operations.purchase?.check?.(whole)).toEqual(
      own.operations.purchase?.check?.(whole) ?? [],
    )
  })
  test.each(['77|x', '77', '../x|y', ''])('void of %p', async (reference) => {
    const other = await ejected('full')
    const intent = {
      operation: 'void',
      reference,
      customer: { id: 'a&b' },
      extra: { z: 1 },
    } as const
    const check = (adapter: Adapter) => adapter.operations.void?.check?.({ ...INTENT, ...intent })
    expect(check(other)).toEqual(check(own) ?? [])
    // Nothing is built of what is refused.
    const good = { ...intent, reference: '77|x', extra: {} }
    expect(written(other, good)).toEqual(written(own, good))
  })
  const answers: readonly (readonly [OperationName, number, string])[] = [
    ['purchase', 200, '{"id":1,"status":"ok","n":7,"t":true}'],
    ['purchase', 204, '{"id":1,"status":"o\'k","n":"7","t":true,"form":"x=5"}'],
    ['purchase', 200, '{"status":"ok","n":7,"t":true,"error":"e"}'],
    ['purchase', 202, '{"id":1,"status":"wait-12","e":[{"code":"c"}]}'],
    ['purchase', 202, '{"id":1,"status":"wait-1","list":[{"a":"b","c":"d"}]}'],
    ['purchase', 200, '{"id":1,"status":"next","next":"https://a.example","a":[{"deep":"d"}]}'],
    ['purchase', 200, '{"id":1,"status":"next","next":"http://a.example","t":"code=12"}'],
    ['purchase', 200, '{"id":1,"status":"no","e":[{"code":51}]}'],
    ['purchase', 401, 'x'],
    ...['', 'null', '[]', '<html>'].map((text) => ['purchase', 200, text] as const),
    ['void', 200, 'r=1&id=9'],
    ['void', 200, 'r=1&r=1&id=9'],
    ['void', 500, 'r=1&id=9'],
  ]
  test.each(answers)('%s %p %s', async (operation, status, text) => {
    const other = await ejected('full')
    for (const headers of [{}, { 'x-second': 's' }]) {
      const answer = { status, headers, text, json: undefined }
      const read = (adapter: Adapter) => adapter.operations[operation]?.parse(answer, INTENT)
      expect(read(other)).toEqual(read(own))
    }
  })
  test('the session step', async () => {
    const other = await ejected('full')
    expect(JSON.stringify(other.session?.plan(INTENT))).toContain('client_credentials')
    const texts = [
      '<r><token>t</token><expires>60</expires></r>',
      '<r><token>t</token></r>',
      '<r>',
      '<r><a><token>t</token></a><expires>0</expires></r>',
    ]
    for (const text of texts) {
      const answer = { status: 200, headers: {}, text, json: undefined }
      expect(other.session?.parse(answer)).toEqual(own.session?.parse(answer) ?? null)
    }
  })
})
