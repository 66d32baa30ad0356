/**
 * @module The straight line end to end in one process: what the PSP gets, what the caller gets, what is recorded.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { canaryCard, canaryCvc, canarySecret } from '../support/canary.ts'
import { startGateway, type Answered, type TestGateway } from '../support/gateway.ts'
import { startPsp, type FakePsp } from '../support/psp.ts'

const number = canaryCard()
const cvc = canaryCvc()
const apiKey = canarySecret()
let psp: FakePsp
let shop: TestGateway
let token: string

beforeAll(async () => {
  psp = await startPsp()
  shop = await startGateway({ psp })
  await shop.call('POST', '/v1/destinations', { host: 'localhost', port: psp.port })
  token = (await store()).textAt('id')
})
beforeEach(() => {
  psp.arrivals.length = 0
  psp.reply = () => ({})
})
afterAll(async () => {
  await shop.close()
  await psp.stop()
})

function store(more: object = {}): Promise<Answered> {
  const card = {
    number,
    exp_month: 3,
    exp_year: 2031,
    holder: 'Zoë "Q" <O\'Hara> & {{ card.number }}',
  }
  return shop.call('POST', '/v1/tokens', { type: 'card', card, ...more })
}

function forward(request: object, more: object = {}, headers = {}): Promise<Answered> {
  return shop.call('POST', '/v1/forward', { token, request, ...more }, headers)
}

async function session(): Promise<string> {
  return (await shop.call('POST', '/v1/cvc-sessions', { cvc, token })).textAt('id')
}

describe('by request', () => {
  test('JSON: the card stands where its placeholders stood, and all else keeps its bytes', async () => {
    const body =
      '{"amount":1.10, "big":9007199254740993,"exp":1e2,"slash":"a\\/b","card":{"n":"{{ card.number }}","m":"{{card.exp_month | number}}","h":"{{ card.holder }}"}}'
    const envelope = `{"token":"${token}","request":{"url":"${psp.url}/pay","body":${body}}}`
    const answer = await shop.call('POST', '/v1/forward', envelope)
    expect(answer.status).toBe(200)
    expect(answer.at('sent')).toBe('yes')
    expect(psp.arrivals[0]?.body).toBe(
      `{"amount":1.10, "big":9007199254740993,"exp":1e2,"slash":"a\\/b","card":{"n":"${number}","m":3,"h":"Zoë \\"Q\\" <O'Hara> & {{ card.number }}"}}`,
    )
    expect(psp.arrivals[0]?.headers['content-type']).toBe('application/json')
  })

  test('form: percent-encoded placeholders work and values are encoded', async () => {
    await forward({
      url: `${psp.url}/pay`,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: 'a=1&n=%7B%7B+card.number+%7D%7D&h={{card.holder}}&a=2',
    })
    const form = new URLSearchParams(psp.arrivals[0]?.body)
    expect(form.getAll('a')).toEqual(['1', '2'])
    expect(form.get('n')).toBe(number)
    expect(form.get('h')).toBe('Zoë "Q" <O\'Hara> & {{ card.number }}')
  })

  test('XML: values are escaped', async () => {
    await forward({
      url: `${psp.url}/pay`,
      headers: { 'content-type': 'text/xml' },
      body: '<?xml version="1.0"?><p n="{{card.number}}"><h>{{card.holder}}</h></p>',
    })
    // Character references mean the same whatever encoding the document declares.
    expect(psp.arrivals[0]?.body).toBe(
      `<?xml version="1.0"?><p n="${number}"><h>Zo&#235; &quot;Q&quot; &lt;O&apos;Hara&gt; &amp; {{ card.number }}</h></p>`,
    )
  })

  test('path and query take placeholders; a header does too', async () => {
    await forward({
      method: 'PUT',
      url: `${psp.url}/cards/{{ card.last4 }}?m={{ card.exp_month }}`,
      headers: { 'X-Card': '{{ card.number }}' },
      body: '',
    })
    expect(psp.arrivals[0]).toMatchObject({
      method: 'PUT',
      path: `/cards/${number.slice(-4)}?m=03`,
      headers: { 'x-card': number },
    })
  })

  test('an answer that echoes the card gives the token in its place, however it is written', async () => {
    const spaced = number.replace(/(.{4})/g, '$1 ').trim()
    const written = [
      number,
      spaced,
      spaced.replaceAll(' ', '-'),
      Buffer.from(`x${number}y`).toString('base64'),
      Buffer.from(`xy${number}z`).toString('base64'),
      Buffer.from(number).toString('hex'),
      [...number].map((digit) => `&#${digit.charCodeAt(0)};`).join(''),
      [...number].map((digit) => `\\u003${digit}`).join(''),
      Buffer.from(number, 'utf16le').toString('latin1'),
    ]
    for (const one of written) {
      for (const [encoding, encode] of [
        ['identity', (body: Buffer) => body],
        ['gzip', gzipSync],
        ['br', brotliCompressSync],
        ['zstd', zstdCompressSync],
      ] as const) {
        psp.reply = () => ({
          headers: { 'content-encoding': encoding, 'x-echo': spaced },
          body: encode(Buffer.from(`<p>your card ${one} is good</p>`)),
        })
        const answer = await forward({ url: `${psp.url}/pay`, body: { n: '{{card.number}}' } })
        expect(answer.status).toBe(200)
        expect(answer.text).toContain(token)
        expect(answer.text).toContain('is good')
        expect(answer.text).not.toContain(one)
        expect(answer.at('response', 'headers', 'x-echo')).toBe(token)
      }
    }
  })

  test('a number in JSON that is not quoted becomes a string, so that the answer stays JSON', async () => {
    psp.reply = () => ({ body: `{"pan":${number},"list":[${number}],"cvc":${cvc}}` })
    const cvc_session = await session()
    const body = { n: '{{card.number}}', cvc: '{{card.cvc}}' }
    const answer = await forward({ url: `${psp.url}/pay`, body }, { cvc_session })
    expect(answer.at('response', 'body')).toEqual({ pan: token, list: [token], cvc: '[cvc]' })
  })

  test('JSON of the PSP keeps its spelling; other bodies are strings', async () => {
    psp.reply = () => ({ body: '{"amount":1.10,"id":9007199254740993}' })
    const json = await forward({ url: `${psp.url}/pay`, body: {} })
    expect(json.text).toContain('"body":{"amount":1.10,"id":9007199254740993}')
    psp.reply = () => ({
      status: 502,
      headers: { 'content-type': 'text/html' },
      body: '<h1>no</h1>',
    })
    const html = await forward({ url: `${psp.url}/pay`, body: {} })
    expect(html.at('response')).toMatchObject({ status: 502, body: '<h1>no</h1>' })
  })

  test("headers of the connection are the connection's, in both directions", async () => {
    psp.reply = () => ({ headers: { 'set-cookie': 'a=b', 'x-kept': '1', 'alt-svc': 'h3=":1"' } })
    const answer = await forward({
      url: `${psp.url}/pay`,
      headers: {
        Host: 'evil.example',
        Connection: 'close, X-Drop',
        'X-Drop': '1',
        'Transfer-Encoding': 'chunked',
        'Content-Length': '3',
        'X-Forwarded-For': '10.0.0.1',
        'X-Kept': 'yes',
      },
      body: 'hello',
    })
    const headers = psp.arrivals[0]?.headers ?? {}
    expect(headers['host']).toBe(`localhost:${psp.port}`)
    expect(headers['content-length']).toBe('5')
    expect(headers['x-kept']).toBe('yes')
    for (const name of ['x-drop', 'x-forwarded-for', 'transfer-encoding']) {
      expect(headers[name]).toBeUndefined()
    }
    const back = (name: string) => answer.at('response', 'headers', name)
    expect(back('x-kept')).toBe('1')
    expect(back('set-cookie')).toBeUndefined()
    expect(back('alt-svc')).toBeUndefined()
  })

  test('a redirect is an answer and is not followed', async () => {
    psp.reply = () => ({ status: 307, headers: { location: `${psp.url}/elsewhere` } })
    const answer = await forward({ url: `${psp.url}/pay`, body: { n: '{{card.number}}' } })
    expect(answer.at('response', 'status')).toBe(307)
    expect(psp.arrivals).toHaveLength(1)
  })

  test('several tokens by name', async () => {
    const other = canaryCard('mastercard')
    const card = { number: other, exp_month: 1, exp_year: 2030 }
    const second = await shop.call('POST', '/v1/tokens', { type: 'card', card })
    const body = { a: '{{ card.number }}', b: '{{ payer.number }}' }
    await forward({ url: `${psp.url}/pay`, body }, { tokens: { payer: second.at('id') } })
    expect(JSON.parse(psp.arrivals[0]?.body ?? '')).toEqual({ a: number, b: other })
  })

  test('credentials of a token: virtual card and network token', async () => {
    const [virtual, network] = [canaryCard('visa'), canaryCard('mastercard')]
    const cryptogram = canarySecret()
    const made = await store({
      credentials: {
        virtual_card: { number: virtual, exp_month: 1, exp_year: 2030, cvc: canaryCvc() },
        network_token: { number: network, exp_month: 2, exp_year: 2031, cryptogram, eci: '05' },
      },
    })
    const body = {
      v: '{{ virtual_card.number }}/{{ virtual_card.cvc }}',
      n: '{{ network_token.number }} {{ network_token.eci }} {{ network_token.cryptogram }}',
    }
    for (const _ of ['once', 'and again, because use does not consume them']) {
      psp.reply = ({ body: echo }) => ({ body: echo })
      const answer = await forward({ url: `${psp.url}/pay`, body }, { token: made.at('id') })
      const sent = JSON.parse(psp.arrivals.at(-1)?.body ?? '')
      expect(sent.v).toMatch(new RegExp(`^${virtual}/\\d{3}$`))
      expect(sent.n).toBe(`${network} 05 ${cryptogram}`)
      expect(answer.text).not.toContain(cryptogram)
    }
  })
})

describe('the security code', () => {
  const body = { n: '{{card.number}}', cvc: '{{card.cvc}}' }

  test('is used once', async () => {
    const cvc_session = await session()
    const first = await forward({ url: `${psp.url}/pay`, body }, { cvc_session })
    expect(first.status).toBe(200)
    expect(JSON.parse(psp.arrivals[0]?.body ?? '').cvc).toBe(cvc)
    const again = await forward({ url: `${psp.url}/pay`, body }, { cvc_session })
    expect(again.at('error')).toMatchObject({ code: 'cvc_session_unknown', sent: 'no' })
    expect(psp.arrivals).toHaveLength(1)
  })

  test('is given to one of many at once', async () => {
    const cvc_session = await session()
    const all = await Promise.all(
      Array.from({ length: 50 }, () => forward({ url: `${psp.url}/pay`, body }, { cvc_session })),
    )
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(psp.arrivals).toHaveLength(1)
  })

  test('is kept when nothing was sent', async () => {
    const cvc_session = await session()
    const failed = await forward(
      { url: `${psp.url}/pay`, body },
      { cvc_session, token: 'tok_none' },
    )
    expect(failed.at('error')).toMatchObject({ code: 'token_unknown', sent: 'no' })
    const bad = { ...body, x: '{{ network_token.number }}' }
    const missing = await forward({ url: `${psp.url}/pay`, body: bad }, { cvc_session })
    expect(missing.at('error')).toMatchObject({ code: 'credential_missing', sent: 'no' })
    await forward({ url: `${psp.url}/pay`, body }, { cvc_session, dry_run: true })
    expect((await forward({ url: `${psp.url}/pay`, body }, { cvc_session })).status).toBe(200)
  })

  test('of another card is not found, and stays for its own', async () => {
    const cvc_session = await session()
    const other = (await store()).at('id')
    const wrong = await forward({ url: `${psp.url}/pay`, body }, { cvc_session, token: other })
    expect(wrong.at('error')).toMatchObject({ code: 'cvc_session_unknown', sent: 'no' })
    expect((await forward({ url: `${psp.url}/pay`, body }, { cvc_session })).status).toBe(200)
  })

  test('is asked for by name where the request has a place for it', async () => {
    const answer = await forward({ url: `${psp.url}/pay`, body })
    expect(answer.at('error')).toMatchObject({ code: 'credential_missing', param: 'cvc_session' })
  })
})

describe('idempotency', () => {
  const body = { n: '{{card.number}}' }

  test('the first answer is given again, byte for byte, and sent once', async () => {
    let count = 0
    psp.reply = () => ({ body: `{"count":${++count}}` })
    const key = { 'idempotency-key': 'order-1' }
    const first = await forward({ url: `${psp.url}/pay`, body }, {}, key)
    const again = await forward({ url: `${psp.url}/pay`, body }, {}, key)
    expect(again.text).toBe(first.text)
    expect(psp.arrivals).toHaveLength(1)
    const other = await forward({ url: `${psp.url}/pay`, body: { ...body, x: 1 } }, {}, key)
    expect(other.at('error')).toMatchObject({ code: 'idempotency_mismatch', sent: 'no' })
  })

  test('of many at once one is sent', async () => {
    const hold = Promise.withResolvers<void>()
    psp.reply = async () => {
      await hold.promise
      return {}
    }
    const key = { 'idempotency-key': 'order-2' }
    const all = Array.from({ length: 40 }, () => forward({ url: `${psp.url}/pay`, body }, {}, key))
    const losers = await Promise.all(
      all.map((one) => Promise.race([one, hold.promise])).slice(1, 2),
    )
    hold.resolve()
    expect(losers[0]?.at('error', 'code')).toBe('idempotency_running')
    const answers = await Promise.all(all)
    expect(psp.arrivals).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(1)
    for (const { status, at } of answers) {
      if (status !== 200) expect(at('error', 'code')).toBe('idempotency_running')
    }
  })

  test('what was not sent may be tried again', async () => {
    const key = { 'idempotency-key': 'order-3' }
    const dead = await startPsp()
    await dead.stop()
    await shop.call('POST', '/v1/destinations', { host: 'localhost', port: dead.port })
    const refused = await forward({ url: `${dead.url}/pay`, body }, {}, key)
    expect(refused.at('error')).toMatchObject({ code: 'psp_unreachable', sent: 'no' })
    expect((await forward({ url: `${psp.url}/pay`, body }, {}, key)).status).toBe(200)
  })

  test('what may have been sent is told again in the same words', async () => {
    psp.reply = () => ({ raw: (socket) => socket.destroy() })
    const key = { 'idempotency-key': 'order-4' }
    const first = await forward({ url: `${psp.url}/pay`, body }, {}, key)
    expect(first.status).toBe(502)
    expect(first.at('error')).toMatchObject({ code: 'psp_broken', sent: 'unknown' })
    const again = await forward({ url: `${psp.url}/pay`, body }, {}, key)
    expect(again.text).toBe(first.text)
    expect(psp.arrivals).toHaveLength(1)
  })
})

describe('a repeated key whose call could not be made any more', () => {
  const body = { n: '{{card.number}}' }

  test('its token was erased: the first answer again, and for another request what is wrong with it', async () => {
    psp.reply = () => ({ body: '{"paid":true}' })
    const made = await shop.call('POST', '/v1/tokens', {
      type: 'card',
      card: { number: canaryCard(), exp_month: 3, exp_year: 2031 },
    })
    const own = { token: made.textAt('id') }
    const key = { 'idempotency-key': 'order-5' }
    const first = await forward({ url: `${psp.url}/pay`, body }, own, key)
    expect(first.status, first.text).toBe(200)
    await shop.call('DELETE', `/v1/tokens/${own.token}`)
    expect((await forward({ url: `${psp.url}/pay`, body }, own, key)).text).toBe(first.text)
    const other = await forward({ url: `${psp.url}/other`, body }, own, key)
    expect(other.at('error', 'code')).toBe('token_unknown')
    const dry = await forward({ url: `${psp.url}/pay`, body }, { ...own, dry_run: true }, key)
    expect(dry.at('error', 'code')).toBe('token_unknown')
    expect(psp.arrivals).toHaveLength(1)
  })

  test('its destination was taken off the list: what may have been sent stays so', async () => {
    psp.reply = () => ({ raw: (socket) => socket.destroy() })
    const list = await shop.call('GET', '/v1/destinations')
    const id = list.textAt('data', 0, 'id')
    const url = `${psp.url}/pay`
    const key = { 'idempotency-key': 'order-6' }
    const first = await forward({ url, body }, {}, key)
    expect(first.at('error')).toMatchObject({ code: 'psp_broken', sent: 'unknown' })
    await shop.call('DELETE', `/v1/destinations/${id}`)
    expect((await forward({ url, body }, {}, key)).text).toBe(first.text)
    const fresh = await forward({ url, body }, {}, { 'idempotency-key': 'order-7' })
    expect(fresh.at('error')).toMatchObject({ code: 'destination_denied', sent: 'no' })
    await shop.call('POST', '/v1/destinations', { host: 'localhost', port: psp.port })
  })
})

describe('failures on the wire', () => {
  const body = { n: '{{card.number}}' }

  test.each([
    [
      'closes without an answer',
      (psp: FakePsp) => (psp.reply = () => ({ raw: (s) => s.destroy() })),
      'psp_broken',
    ],
    [
      'breaks off in the body',
      (psp: FakePsp) =>
        (psp.reply = () => ({
          raw: (s) => void s.end('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nabc'),
        })),
      'psp_broken',
    ],
    [
      'answers nonsense',
      (psp: FakePsp) => (psp.reply = () => ({ raw: (s) => void s.end('nonsense\r\n\r\n') })),
      'psp_broken',
    ],
    [
      'uses an unknown encoding',
      (psp: FakePsp) => (psp.reply = () => ({ headers: { 'content-encoding': 'rot13' } })),
      'psp_broken',
    ],
    [
      'sends a bomb',
      (psp: FakePsp) =>
        (psp.reply = () => ({
          headers: { 'content-encoding': 'gzip' },
          body: gzipSync(Buffer.alloc(64 << 20)),
        })),
      'psp_broken',
    ],
  ] as const)('a PSP that %s leaves the outcome unknown', async (_, prepare, code) => {
    prepare(psp)
    const answer = await forward({ url: `${psp.url}/pay`, body })
    expect(answer.at('error')).toMatchObject({ code, sent: 'unknown' })
    const record = await shop.call('GET', `/v1/forwards/${answer.at('error', 'forward')}`)
    expect(record.json).toMatchObject({ state: 'unknown', sent: 'unknown', error_code: code })
    expect(psp.arrivals).toHaveLength(1)
  })

  test('a PSP that does not answer in time leaves the outcome unknown', async () => {
    const hold = Promise.withResolvers<void>()
    psp.reply = async () => {
      await hold.promise
      return {}
    }
    const answer = await forward({ url: `${psp.url}/pay`, body }, { timeout_ms: 200 })
    hold.resolve()
    expect(answer.status).toBe(504)
    expect(answer.at('error')).toMatchObject({ code: 'psp_timeout', sent: 'unknown' })
  })

  test('a PSP whose authority is not known gets no byte', async () => {
    const stranger = await startPsp()
    await shop.call('POST', '/v1/destinations', { host: 'localhost', port: stranger.port })
    const answer = await forward({ url: `${stranger.url}/pay`, body })
    expect(answer.at('error')).toMatchObject({ code: 'psp_tls', sent: 'no' })
    expect(stranger.arrivals).toHaveLength(0)
    await stranger.stop()
  })
})

describe('where a request may go', () => {
  const body = { n: '{{card.number}}' }

  test.each([
    'https://elsewhere.example/pay',
    'https://localhost/pay',
    'https://localhost.elsewhere.example/pay',
  ])('%s is not listed', async (url) => {
    const answer = await forward({ url, body })
    expect(answer.status).toBe(403)
    expect(answer.at('error')).toMatchObject({ code: 'destination_denied', sent: 'no' })
  })

  test.each([
    'http://localhost/pay',
    'ftp://localhost/',
    'https://user@localhost/',
    'https://localhost/#x',
    'https://localhost\\@elsewhere.example/',
    'file:///etc/passwd',
    'not a url',
  ])('%s is no URL to send to', async (url) => {
    const answer = await forward({ url, body })
    expect(answer.status).toBe(400)
    expect(answer.at('error')).toMatchObject({ code: 'invalid_url', sent: 'no' })
  })

  test('a prefix and methods narrow an entry, and dots do not climb out of it', async () => {
    const narrow = await startGateway({ psp })
    await narrow.call('POST', '/v1/destinations', {
      host: 'localhost',
      port: psp.port,
      path_prefix: '/v1',
      methods: ['POST'],
    })
    const send = (url: string, method = 'POST') =>
      narrow.call('POST', '/v1/forward', { request: { method, url: `${psp.url}${url}`, body: {} } })
    expect((await send('/v1/pay')).status).toBe(200)
    expect((await send('/v1')).status).toBe(200)
    expect((await send('/v2/pay')).status).toBe(403)
    expect((await send('/v10/pay')).status).toBe(403)
    expect((await send('/v1/pay', 'DELETE')).status).toBe(403)
    for (const path of ['/v1/../v2', '/v1/%2e%2e/v2', '/v1/.%2e/v2', '/v1/..%2fv2']) {
      expect([400, 403]).toContain((await send(path)).status)
    }
    await narrow.close()
  })

  test('a host that resolves to a private address is refused at the connection', async () => {
    const strict = await startGateway({ psp, privateNetworks: [] })
    await strict.call('POST', '/v1/destinations', { host: 'localhost', port: psp.port })
    await strict.call('POST', '/v1/destinations', { host: '127.0.0.1', port: psp.port })
    for (const url of [psp.url, `https://127.0.0.1:${psp.port}`]) {
      const answer = await strict.call('POST', '/v1/forward', { request: { url, body: {} } })
      expect(answer.status).toBe(403)
      expect(answer.at('error')).toMatchObject({ code: 'address_denied', sent: 'no' })
    }
    expect(psp.arrivals).toHaveLength(0)
    await strict.close()
  })

  test('a token goes only where it may', async () => {
    const limited = await store({ allowed_hosts: ['api.example.com'] })
    const answer = await forward({ url: `${psp.url}/pay`, body }, { token: limited.at('id') })
    expect(answer.at('error')).toMatchObject({ code: 'destination_denied', param: 'token' })
    expect(psp.arrivals).toHaveLength(0)
  })
})

describe('the record', () => {
  test('has names in place of values, and the answer without them', async () => {
    const cvc_session = await session()
    psp.reply = ({ body }) => ({ body })
    const answer = await forward(
      {
        url: `${psp.url}/pay?api_key=${apiKey}`,
        headers: { Authorization: `Bearer ${apiKey}`, 'X-Shop': '7' },
        body: { card: { number: '{{ card.number }}', cvc: '{{ card.cvc }}' }, order: 'A-1' },
      },
      { cvc_session },
    )
    const record = await shop.call('GET', `/v1/forwards/${answer.at('id')}`)
    expect(record.json).toMatchObject({
      state: 'done',
      sent: 'yes',
      psp_status: 200,
      host: 'localhost',
      tokens: [token],
      request: {
        method: 'POST',
        url: `${psp.url}/pay?api_key=[secret]`,
        headers: { Authorization: '[secret]', 'X-Shop': '7' },
        body: '{"card":{"number":"{{ card.number }}","cvc":"{{ card.cvc }}"},"order":"A-1"}',
      },
      response: { body: { card: { number: token, cvc: '[cvc]' }, order: 'A-1' } },
    })
  })

  test('is there for what was refused after it was begun, and says it was not sent', async () => {
    const before = await shop.call('GET', '/v1/forwards?limit=1')
    const answer = await forward({
      url: `${psp.url}/pay`,
      body: { x: '{{ network_token.number }}' },
    })
    const newest = (await shop.call('GET', '/v1/forwards?limit=1')).at('data', 0)
    expect(newest).not.toEqual(before.at('data', 0))
    expect(newest).toMatchObject({
      state: 'not_sent',
      sent: 'no',
      error_code: 'credential_missing',
    })
    expect(newest).toMatchObject({ id: answer.at('error', 'forward') })
  })

  test('is not shown to a test key, nor to another tenant', async () => {
    const answer = await forward({ url: `${psp.url}/pay`, body: { n: '{{card.number}}' } })
    const path = `/v1/forwards/${answer.textAt('id')}`
    const keys = [
      await shop.newKey(['forwards:read'], { test: true }),
      await shop.newKey(['forwards:read'], { tenant: await shop.newTenant('other') }),
    ]
    for (const key of keys) {
      const headers = { authorization: `Bearer ${key}` }
      expect((await shop.call('GET', path, undefined, headers)).status).toBe(404)
      const list = await shop.call('GET', '/v1/forwards', undefined, headers)
      expect(list.at('data')).toEqual([])
    }
    expect((await shop.call('GET', path)).status).toBe(200)
  })

  test('nothing of a card is in the log', () => {
    expect(shop.log()).toContain('"event":"forward"')
    expect(shop.log()).not.toContain(number)
    expect(shop.log()).not.toContain(apiKey)
  })
})
