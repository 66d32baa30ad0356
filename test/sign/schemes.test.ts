/** @module Declared schemes: parameters and their errors, what is added to a request, and that it can be read at the other end. */
import { describe, expect, test } from 'bun:test'
import { generateKeyPairSync } from 'node:crypto'
import { flattenedVerify, importSPKI, jwtVerify } from 'jose'
import { GatewayError } from '../../src/errors.ts'
import { Secret } from '../../src/secret.ts'
import {
  type Credentials,
  SCHEMES,
  type SignRequest,
  applyScheme,
  cryptoKit as crypto,
  decryptJwe,
  schemeOf,
} from '../../src/sign/index.ts'
import { request } from './requests.ts'

const MOMENT = { now: 1700000000, nonce: '7f1e1f0e-8c3b-4a55-9d53-1f2a3b4c5d6e' }
const SECRET = 'sk_the_secret_that_no_error_shows'
const PEM = {
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
} as const
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048, ...PEM })
const req = request('POST', 'https://psp.test/v1/pay?b=2&a=1', { 'X-Login': 'me' }, '{"n":1}')

const apply = (
  name: string,
  parameters: unknown,
  credentials: Credentials = { secret: SECRET },
  given: SignRequest = req,
) => applyScheme(name, parameters, given, credentials, MOMENT)

async function failure(work: Promise<unknown>): Promise<GatewayError> {
  const error: unknown = await work.then(
    () => new Error('nothing was thrown'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof GatewayError)) throw error
  expect(`${error.message} ${error.hint} ${error.stack}`).not.toContain(SECRET)
  return error
}

describe('the table', () => {
  test('names each scheme, its source and each of its parameters', () => {
    expect(Object.keys(SCHEMES).sort()).toEqual(
      'basic bearer cavage digest hmac http-message jwe jws jwt oauth1 signature sigv4 v1hmac xml-signature'.split(
        ' ',
      ),
    )
    for (const [name, scheme] of Object.entries(SCHEMES)) {
      expect(scheme.name).toBe(name)
      expect(scheme.about).toMatch(/\.$/)
      expect(scheme.source).not.toBe('')
      for (const { about } of Object.values(scheme.parameters)) expect(about).not.toBe('')
    }
  })
  test('throws for names it does not have', () => {
    for (const name of ['', 'hmacs', 'constructor', '__proto__']) {
      expect(() => schemeOf(name)).toThrow('sign: scheme is none of basic, bearer')
    }
  })
})

describe('parameters', () => {
  test('are all read before the error, which names each', async () => {
    const error = await failure(
      apply('hmac', { algorithm: 'sha3', region: 1, message: '{body}{nothing}' }),
    )
    expect(error.message.split('; ').map((part) => part.split(' ').slice(0, 2).join(' '))).toEqual([
      'hmac: region',
      'hmac: algorithm',
      'hmac: key',
      'hmac: message',
    ])
    expect(error.param).toBe('region')
    expect((await failure(apply('sigv4', null))).message).toBe('sigv4: parameters is not a record')
  })
  test('tell which credentials are wanted, before there are any', () => {
    const { credentials } = schemeOf('hmac').prepare({
      key: 'secret',
      message: '{credential:login}{body}',
      set: { 'X-Login': '{credential:login}' },
      header: 'Authorization',
    })
    expect(credentials).toEqual(['secret', 'login'])
  })
  test('name the credential that an account lacks', async () => {
    const error = await failure(apply('bearer', { token: 'api_key' }))
    expect(error.message).toBe('bearer: token wants the credential api_key, which is not there')
    const inherited = await failure(apply('bearer', { token: 'toString' }))
    expect(inherited.message).toContain('which is not there')
  })
  test('refuse templates that cannot be filled', async () => {
    const message = async (template: string) =>
      (await failure(apply('digest', { message: template, header: 'X' }))).message
    expect(await message('{body')).toContain('a brace without its pair')
    expect(await message('{body|sha3}')).toContain('unknown filter')
    expect(await message('{card.number}')).toContain('unknown source')
    expect(await message('{body|iso}')).toContain('something other than now')
    expect(await message('{header:x-none}')).toContain('wants header:x-none')
    expect(await message('{field:amount}')).toContain('wants field:amount')
    expect(await message('{body|sha256}{constructor}')).toContain('unknown source')
    expect((await failure(apply('digest', { message: {}, header: 'X' }))).param).toBe(
      'message.order',
    )
  })
  test('want one place for a signature', async () => {
    expect((await failure(apply('digest', { message: 'x' }))).param).toBe('header')
    expect((await failure(apply('digest', { message: 'x', header: 'a', field: 'b' }))).param).toBe(
      'header',
    )
  })
})

describe('headers', () => {
  test('never hold what would end their line', async () => {
    const credentials = { secret: 'a\r\nX-Evil: 1' }
    const error = await failure(apply('bearer', { token: 'secret' }, credentials))
    expect(error.message).toBe('bearer: header Authorization is not printable ASCII')
    expect((await failure(apply('bearer', { token: 'secret', header: 'a b' }))).message).toBe(
      'bearer: header name is not a header name',
    )
  })
})

describe('basic and bearer', () => {
  test('write credentials, sealed ones too', async () => {
    const credentials = { user: 'Aladdin', pass: new Secret('open sesame'), secret: SECRET }
    const basic = await apply('basic', { username: 'user', password: 'pass' }, credentials)
    // RFC 7617, 2.
    expect(basic.headers).toEqual({ Authorization: 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==' })
    const alone = await apply('basic', { username: 'user', word: 'Passcode' }, credentials)
    expect(alone.headers).toEqual({ Authorization: `Passcode ${btoa('Aladdin:')}` })
    const bearer = await apply('bearer', { token: 'secret', header: 'X-API-Key', word: '' })
    expect(bearer.headers).toEqual({ 'X-API-Key': SECRET })
    expect((await failure(apply('basic', { username: 'user' }, { user: 'a:b' }))).param).toBe(
      'username',
    )
  })
})

describe('described messages', () => {
  const described = async (message: unknown, given: SignRequest = req) => {
    const { headers } = await apply(
      'digest',
      { message, header: 'X', algorithm: 'sha256' },
      { secret: SECRET },
      given,
    )
    return headers['X']
  }
  const sha = (text: string) => crypto.hash('sha256', text)

  test('have these sources and filters', async () => {
    expect(await described('{method|lower} {host}{path}?{query} {target} {url}')).toBe(
      sha('post psp.test/v1/pay?b=2&a=1 /v1/pay?b=2&a=1 https://psp.test/v1/pay?b=2&a=1'),
    )
    expect(await described('{open}{header:x-login|upper}{header?:x-none}{query:a}{close}')).toBe(
      sha('{ME1}'),
    )
    expect(
      await described('{now} {now|ms} {now|iso} {now|isoms} {now|compact} {now+60|http} {nonce}'),
    ).toBe(
      sha(
        `1700000000 1700000000000 2023-11-14T22:13:20Z 2023-11-14T22:13:20.000Z 20231114221320 Tue, 14 Nov 2023 22:14:20 GMT ${MOMENT.nonce}`,
      ),
    )
    expect(await described('{body|sha256|base64}{body|md5|HEX}')).toBe(
      sha(crypto.hash('sha256', '{"n":1}', 'base64') + crypto.hash('md5', '{"n":1}', 'HEX')),
    )
    expect(
      await described('{header:x|url}', request('GET', 'https://a.test', { x: "a b'*~" })),
    ).toBe(sha('a%20b%27%2A~'))
  })
  test('cover raw bytes, not their text', async () => {
    const bytes = new Uint8Array([0xff, 0x00, 0xfe])
    expect(await described('{body}', request('POST', 'https://a.test/', {}, bytes))).toBe(
      crypto.hash('sha256', bytes),
    )
  })
  test('join fields', async () => {
    const given = { ...req, fields: { b: 2, a: true, signature: 'old', n: null } }
    const message = {
      order: 'sorted',
      except: ['signature'],
      booleans: 'php',
      after: '{credential:secret}',
    }
    expect(await described(message, given)).toBe(sha(`12${SECRET}`))
    expect((await failure(apply('digest', { message, header: 'X' }))).message).toContain(
      'the request has none',
    )
  })
  test("sign what presets describe: dLocal's headers, a field, Fiserv", async () => {
    const dlocal = await apply('hmac', {
      key: 'secret',
      set: { 'X-Date': '{now|isoms}' },
      message: '{header:x-login}{header:x-date}{body}',
      header: 'Authorization',
      value: 'V2-HMAC-SHA256, Signature: {signature}',
    })
    const mac = crypto.hmac('sha256', SECRET, 'me2023-11-14T22:13:20.000Z{"n":1}')
    expect(dlocal.headers).toEqual({
      'X-Date': '2023-11-14T22:13:20.000Z',
      Authorization: `V2-HMAC-SHA256, Signature: ${mac}`,
    })
    const praxis = await apply(
      'digest',
      {
        algorithm: 'sha384',
        field: 'signature',
        message: { order: 'sorted', after: '{credential:secret}' },
      },
      { secret: 's' },
      { ...req, fields: { b: 'B', a: 1 } },
    )
    expect(praxis).toEqual({ headers: {}, fields: { signature: crypto.hash('sha384', '1Bs') } })
    const signed = await apply(
      'signature',
      { algorithm: 'rsa-pss-sha256', message: '{method}{body}', header: 'X-Sig' },
      { private_key: rsa.privateKey },
    )
    const [value = ''] = Object.values(signed.headers)
    expect(crypto.verify('rsa-pss-sha256', rsa.publicKey, 'POST{"n":1}', value)).toBe(true)
  })
})

describe('JOSE', () => {
  test('detached and unencoded JWS verify over the body as it is: RFC 7797', async () => {
    const parameters = {
      algorithm: 'PS256',
      header: 'x-jws-signature',
      unencoded: true,
      protected: { kid: 'k1', iat: '{now}' },
    }
    const { headers, bytes } = await apply('jws', parameters, { private_key: rsa.privateKey })
    expect(bytes).toBeUndefined()
    const [head = '', payload, signature = ''] = (headers['x-jws-signature'] ?? '').split('.')
    expect(payload).toBe('')
    const key = await importSPKI(rsa.publicKey, 'PS256')
    const jws = { protected: head, payload: req.bytes, signature }
    const { protectedHeader } = await flattenedVerify(jws, key, { crit: {} })
    expect({ ...protectedHeader } as object).toEqual({
      alg: 'PS256',
      kid: 'k1',
      iat: MOMENT.now,
      b64: false,
      crit: ['b64'],
    })
    const other = { ...jws, payload: Buffer.from('{"n":2}') }
    await expect(flattenedVerify(other, key)).rejects.toThrow()
  })
  test('a compact JWS can replace the body', async () => {
    const { headers, bytes } = await apply('jws', {
      algorithm: 'HS256',
      key: 'secret',
      key_format: 'utf8',
      detached: false,
    })
    expect(headers).toEqual({ 'Content-Type': 'application/jose' })
    const [, payload = ''] = Buffer.from(bytes ?? '')
      .toString()
      .split('.')
    expect(Buffer.from(payload, 'base64url').toString()).toBe('{"n":1}')
  })
  test('a document cannot say another algorithm than the one that signs', async () => {
    const parameters = { algorithm: 'RS256', header: 'x', protected: { alg: 'none' } }
    const { headers } = await apply('jws', parameters, { private_key: rsa.privateKey })
    const [head = ''] = (headers['x'] ?? '').split('.')
    expect(JSON.parse(Buffer.from(head, 'base64url').toString())).toEqual({ alg: 'RS256' })
  })
  test('a JWT binds the request', async () => {
    const parameters = {
      algorithm: 'RS256',
      protected: { kid: 'k' },
      claims: { iat: '{now}', exp: '{now+120}', digest: '{body|sha256|base64}', jti: '{nonce}' },
    }
    const { headers } = await apply('jwt', parameters, { private_key: rsa.privateKey })
    const token = (headers['Authorization'] ?? '').replace('Bearer ', '')
    const options = { currentDate: new Date(MOMENT.now * 1000) }
    const { payload, protectedHeader } = await jwtVerify(
      token,
      await importSPKI(rsa.publicKey, 'RS256'),
      options,
    )
    expect(protectedHeader).toEqual({ typ: 'JWT', alg: 'RS256', kid: 'k' })
    expect(payload).toEqual({
      iat: MOMENT.now,
      exp: MOMENT.now + 120,
      digest: crypto.hash('sha256', req.bytes, 'base64'),
      jti: MOMENT.nonce,
    })
  })
  test('a JWE replaces the body, and its owner reads it', async () => {
    const parameters = {
      field: 'encryptedRequest',
      protected: { kid: '1', iat: '{now}', cty: 'JWT' },
    }
    const { headers, bytes } = await apply('jwe', parameters, { encryption_key: rsa.publicKey })
    expect(headers).toEqual({ 'Content-Type': 'application/json' })
    const body = JSON.parse(Buffer.from(bytes ?? '').toString()) as { encryptedRequest: string }
    expect(Buffer.from(await decryptJwe(body.encryptedRequest, rsa.privateKey)).toString()).toBe(
      '{"n":1}',
    )
    const [head = ''] = body.encryptedRequest.split('.')
    expect(Buffer.from(head, 'base64url').toString()).toBe(
      '{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"1","iat":1700000000,"cty":"JWT"}',
    )
  })
  test('keys of another kind are told without being shown', async () => {
    const error = await failure(
      apply('jws', { algorithm: 'ES256', header: 'x' }, { private_key: rsa.privateKey }),
    )
    expect(error.message).toBe('jws: key does not sign with ES256')
    const none = await failure(apply('jwt', { algorithm: 'RS256' }, { private_key: SECRET }))
    expect(none.message).toBe('jwt: key is not a private key in PEM or base64 PKCS#8 DER')
    const jwk = await failure(
      apply('jwt', { algorithm: 'RS256', key: 'secret', key_format: 'jwk' }),
    )
    expect(jwk.message).toBe('jwt: key is not JSON')
  })
})

describe('http-message', () => {
  const shared = { algorithm: 'hmac-sha256', key: 'secret', key_encoding: 'utf8', keyid: 'k' }
  test('adds Content-Digest and says all that it is told to', async () => {
    const given = request(
      'POST',
      'HTTPS://PSP.test:443/a?x=1',
      { 'content-type': 'application/json' },
      '{"hello": "world"}',
    )
    const parameters = {
      ...shared,
      label: 'psp',
      expires: 60,
      nonce: true,
      alg: true,
      tag: 'a"b',
      components: ['@authority', 'content-digest'],
    }
    const { headers } = await apply('http-message', parameters, { secret: SECRET }, given)
    // RFC 9530, B.1.
    expect(headers['Content-Digest']).toBe('sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:')
    const input = `("@authority" "content-digest");created=1700000000;expires=1700000060;keyid="k";alg="hmac-sha256";nonce="${MOMENT.nonce}";tag="a\\"b"`
    expect(headers['Signature-Input']).toBe(`psp=${input}`)
    const base = `"@authority": psp.test\n"content-digest": ${headers['Content-Digest']}\n"@signature-params": ${input}`
    expect(headers['Signature']).toBe(`psp=:${crypto.hmac('sha256', SECRET, base, 'base64')}:`)
  })
  test('refuses components it cannot build', async () => {
    const message = async (components: string[], given = req) =>
      (await failure(apply('http-message', { ...shared, components }, { secret: SECRET }, given)))
        .message
    expect(await message(['@nothing'])).toContain('unknown component')
    expect(await message(['x-none'])).toContain('has x-none, which the message does not')
    expect(await message(['@status'])).toContain('requests do not have')
    expect(await message(['@method', '@method'])).toContain('a component twice')
    expect(await message(['x-login;sf'])).toContain('a form that is not known')
    expect(await message(['@query-param'])).toContain('lacks that of @query-param')
    const twice = request('GET', 'https://a.test/?a=1&a=2')
    expect(await message(['@query-param;name="a"'], twice)).toContain('not there once')
  })
  test('re-encodes query parameters: RFC 9421, 2.2.8', async () => {
    const given = request(
      'GET',
      'https://www.example.com/parameters?var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace&fa%C3%A7ade%22%3A%20=something',
    )
    const components = [
      '@query-param;name="var"',
      '@query-param;name="bar"',
      '@query-param;name="fa%C3%A7ade%22%3A%20"',
    ]
    const { headers } = await apply(
      'http-message',
      { ...shared, components },
      { secret: SECRET },
      given,
    )
    const input = headers['Signature-Input']?.slice('sig1='.length)
    const base = [
      '"@query-param";name="var": this%20is%20a%20big%0Amultiline%20value',
      '"@query-param";name="bar": with%20plus%20whitespace',
      '"@query-param";name="fa%C3%A7ade%22%3A%20": something',
      `"@signature-params": ${input}`,
    ].join('\n')
    expect(headers['Signature']).toBe(`sig1=:${crypto.hmac('sha256', SECRET, base, 'base64')}:`)
  })
})

describe('requests as PSPs sign them', () => {
  test('Worldline: the idempotence key is signed, and the date is ours where there is none', async () => {
    const given = request('GET', 'https://psp.test/v1/1/payments?a=b', {
      'X-GCS-Idempotence-Key': 'k',
      'X-GCS-A': ' a\r\n b ',
    })
    const { headers } = await apply(
      'v1hmac',
      { key: 'secret' },
      { secret: SECRET, api_key_id: 'id' },
      given,
    )
    const text =
      'GET\n\nTue, 14 Nov 2023 22:13:20 GMT\nx-gcs-a:a b\nx-gcs-idempotence-key:k\n/v1/1/payments?a=b\n'
    expect(headers).toEqual({
      Date: 'Tue, 14 Nov 2023 22:13:20 GMT',
      Authorization: `GCS v1HMAC:id:${crypto.hmac('sha256', SECRET, text, 'base64')}`,
    })
  })
  test('CyberSource: Date and Digest are added, Digest only over a body', async () => {
    const parameters = {
      style: 'cybersource',
      headers: ['host', 'date', 'digest'],
      key: 'secret',
      keyid: 'k',
    }
    const body = await apply('cavage', parameters)
    expect(body.headers['Digest']).toBe(`SHA-256=${crypto.hash('sha256', req.bytes, 'base64')}`)
    const empty = await apply(
      'cavage',
      parameters,
      { secret: SECRET },
      request('GET', 'https://psp.test/'),
    )
    expect(Object.keys(empty.headers)).toEqual(['Date', 'Signature'])
    expect(empty.headers['Signature']).toContain('algorithm="HmacSHA256", headers="host date"')
    expect(
      (await failure(apply('cavage', { ...parameters, headers: ['x-none'] }))).message,
    ).toContain('has x-none')
  })
  test('OAuth 1: a form is signed by its fields: RFC 5849, 3.4.1.1', async () => {
    const given = request(
      'POST',
      'http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b',
      { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8' },
      'c2&a3=2+q',
    )
    const credentials = {
      consumer_key: '9djdj82h48djs9d2',
      consumer_secret: 'j49sk3j29djd',
      token: 'kkk9d7dh3k39sjv7',
      token_secret: 'dh893hdasih9',
    }
    const parameters = {
      version: false,
      token: 'token',
      token_secret: 'token_secret',
      nonce: '7d8f3e4a',
      realm: 'Example',
    }
    const { headers } = await applyScheme('oauth1', parameters, given, credentials, {
      now: 137131201,
      nonce: '',
    })
    const base =
      'POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7'
    const signature = crypto.hmac('sha1', 'j49sk3j29djd&dh893hdasih9', base, 'base64')
    expect(headers['Authorization']).toStartWith(
      'OAuth realm="Example", oauth_consumer_key="9djdj82h48djs9d2", ',
    )
    expect(headers['Authorization']).toEndWith(`oauth_signature="${encodeURIComponent(signature)}"`)
  })
  test('SigV4 for S3: the path once encoded, and the hash of the body as a header', async () => {
    const parameters = {
      region: 'us-east-1',
      service: 's3',
      normalize: false,
      double_encode: false,
      body_header: true,
    }
    const credentials = { access_key_id: 'AKIDEXAMPLE', secret_access_key: SECRET }
    const one = await apply(
      'sigv4',
      parameters,
      credentials,
      request('GET', 'https://s3.test/a%20b/c'),
    )
    const two = await apply(
      'sigv4',
      parameters,
      credentials,
      request('GET', 'https://s3.test/a b/c'),
    )
    expect(one.headers).toEqual(two.headers)
    expect(one.headers['X-Amz-Content-Sha256']).toBe(crypto.hash('sha256', ''))
    expect(one.headers['Authorization']).toContain(
      'SignedHeaders=host;x-amz-content-sha256;x-amz-date',
    )
  })
})
