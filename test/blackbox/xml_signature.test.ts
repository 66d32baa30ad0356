/**
 * @module XML signatures in the executable: a document that signs its requests and believes signed answers alone, as `adapter check` runs it.
 */
import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { signXml } from '../../src/sign/xml_signature.ts'
import { run, stopAll } from '../support/binary.ts'
import { freshFolder } from '../support/run.ts'

setDefaultTimeout(60_000)
afterAll(stopAll)

const DOCUMENT = `template: 1
id: acquirer
name: Acquirer
docs: https://acquirer.example/docs
api_version: 3.3.1
hosts: { live: https://api.acquirer.example, sandbox: https://test.acquirer.example }
credentials:
  private_key: { label: Own key, secret: true }
  public_key: { label: Key of the acquirer, secret: false }
  key_name: { label: Fingerprint of the own certificate, secret: false }
sign: { scheme: xml-signature, key_name: '{credential:key_name}' }
verify: { scheme: xml-signature }
operations:
  purchase:
    method: POST
    path: /xml
    xml:
      Req:
        '@xmlns': urn:acquirer
        amount: '{{intent.amount.decimal}}'
        currency: '{{intent.amount.currency}}'
        pan: '{{card.number}}'
        id: '{{intent.reference}}'
answers:
  format: xml
  reference: /Res/id
  code: /Res/code
  rules:
    - { kind: approved, when: { /Res/status: Success } }
    - { kind: declined, when: { /Res/status: Failure } }
`

test('a document that signs and checks XML conforms, and takes no answer that was changed', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const credentials = {
    private_key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    public_key: String(publicKey.export({ type: 'spki', format: 'pem' })),
    key_name: 'A1B2',
  }
  const answer = (status: string) =>
    signXml(
      `<Res xmlns="urn:acquirer"><id>7</id><status>${status}</status><code>00</code></Res>`,
      privateKey,
      { transforms: 'inclusive', keyName: 'K1' },
    ) ?? ''
  const psp = { code: '00', message: null }
  const fixtures = {
    'sample.json': { credentials },
    'purchase.approved.json': {
      ...{ status: 200, genuine: true, credentials, text: answer('Success') },
      outcome: { kind: 'approved', reference: '7', psp },
    },
    'purchase.declined.json': {
      ...{ status: 200, genuine: true, credentials, text: answer('Failure') },
      outcome: { kind: 'declined', code: 'other', reference: '7', psp },
    },
    'purchase.forged.json': {
      ...{ status: 200, genuine: false, credentials },
      text: answer('Failure').replace('Failure', 'Success'),
      outcome: { kind: 'approved', reference: '7', psp },
    },
  }
  const dir = freshFolder('xml-signature')
  writeFileSync(join(dir, 'acquirer.yaml'), DOCUMENT)
  mkdirSync(join(dir, 'acquirer.fixtures'))
  const write = (name: string, value: unknown) =>
    writeFileSync(join(dir, 'acquirer.fixtures', name), JSON.stringify(value))
  for (const [name, value] of Object.entries(fixtures)) write(name, value)
  const good = await run(['adapter', 'check', 'acquirer.yaml'], { dir })
  expect(good).toMatchObject({ status: 0, stderr: '' })
  expect(good.stdout).toContain('acquirer.yaml conforms')
  write('purchase.forged.json', { ...fixtures['purchase.forged.json'], genuine: true })
  const bad = await run(['adapter', 'check', 'acquirer.yaml'], { dir })
  expect(bad.status).toBe(1)
  expect(bad.stdout).toContain('purchase.forged.json: verify says false')
})
